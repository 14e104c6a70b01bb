import Pictures
import Tensors

/// How pictures become the input of a network: resized, scaled, in which channel order.
///
/// Reproduction failures of scores are mostly differences here, so it is a value that every score's
/// protocol records in words.
public struct PictureInput: Sendable, Codable, Equatable {
  /// How pictures get their size.
  public enum Resizing: Sendable, Codable, Equatable {
    /// As they are.
    case none
    /// Bilinear, half-pixel centres, without antialiasing, as `torch.nn.functional.interpolate`.
    case bilinear(side: Int)
    /// Bilinear with the corner-based grid of TensorFlow 1, without antialiasing.
    case tensorFlowBilinear(side: Int)
    /// Bicubic (a = −0.75), half-pixel centres, without antialiasing, as `torch.nn.functional.interpolate`.
    case bicubic(side: Int)
    /// Bicubic (a = −0.5) with antialiasing and rounding to bytes, as Pillow.
    case pillowBicubic(side: Int)

    /// The side that pictures get; `nil` keeps theirs.
    public var side: Int? {
      switch self {
      case .none: nil
      case .bilinear(let side), .tensorFlowBilinear(let side), .bicubic(let side),
        .pillowBicubic(let side):
        side
      }
    }

    /// The same way to another size; no way at all becomes bilinear.
    func to(side: Int) -> Resizing {
      switch self {
      case .none, .bilinear: .bilinear(side: side)
      case .tensorFlowBilinear: .tensorFlowBilinear(side: side)
      case .bicubic: .bicubic(side: side)
      case .pillowBicubic: .pillowBicubic(side: side)
      }
    }
  }

  /// How pictures get their size.
  public var resizing: Resizing
  /// Subtracted from bytes 0…255, per channel in the network's order.
  public var mean: [Double]
  /// Then divided by this, per channel in the network's order.
  public var deviation: [Double]
  /// Whether the network's order is blue, green, red.
  public var isBGR: Bool

  /// An input from its parts; mean and deviation in units of bytes.
  public init(_ resizing: Resizing, mean: [Double], deviation: [Double], isBGR: Bool = false) {
    self.resizing = resizing
    self.mean = mean
    self.deviation = deviation
    self.isBGR = isBGR
  }

  /// The statistics of ImageNet, as most networks trained on it want their input.
  public static func imageNet(_ resizing: Resizing) -> PictureInput {
    PictureInput(resizing, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375])
  }

  /// −1…1.
  public static func symmetric(_ resizing: Resizing) -> PictureInput {
    PictureInput(resizing, mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5])
  }
}
