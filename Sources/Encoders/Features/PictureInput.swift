import Pictures
import Tensors

/// How pictures are converted to the input of a network: resizing, scaling and channel order.
///
/// When scores cannot be reproduced, the reason is mostly a difference here. Therefore every
/// score's protocol records this value in words.
public struct PictureInput: Sendable, Codable, Equatable {
  /// How pictures are resized.
  public enum Resizing: Sendable, Codable, Equatable {
    /// Not resized.
    case none
    /// Bilinear, half-pixel centres, without antialiasing, as `torch.nn.functional.interpolate`.
    case bilinear(side: Int)
    /// Bilinear with the corner-based grid of TensorFlow 1, without antialiasing.
    case tensorFlowBilinear(side: Int)
    /// Bicubic (a = −0.75), half-pixel centres, without antialiasing, as `torch.nn.functional.interpolate`.
    case bicubic(side: Int)
    /// Bicubic (a = −0.5) with antialiasing and rounding to bytes, as Pillow.
    case pillowBicubic(side: Int)

    /// The side that pictures are resized to; `nil` keeps their size.
    public var side: Int? {
      switch self {
      case .none: nil
      case .bilinear(let side), .tensorFlowBilinear(let side), .bicubic(let side),
        .pillowBicubic(let side):
        side
      }
    }

    /// The same kind of resizing to another size; if there is none, bilinear.
    func to(side: Int) -> Resizing {
      switch self {
      case .none, .bilinear: .bilinear(side: side)
      case .tensorFlowBilinear: .tensorFlowBilinear(side: side)
      case .bicubic: .bicubic(side: side)
      case .pillowBicubic: .pillowBicubic(side: side)
      }
    }
  }

  /// How pictures are resized.
  public var resizing: Resizing
  /// Subtracted from bytes 0…255, per channel in the network's order.
  public var mean: [Double]
  /// Then divided by this, per channel in the network's order.
  public var deviation: [Double]
  /// Whether the network's order is blue, green, red.
  public var isBGR: Bool

  /// Creates an input from its parts; mean and deviation in units of bytes.
  public init(_ resizing: Resizing, mean: [Double], deviation: [Double], isBGR: Bool = false) {
    self.resizing = resizing
    self.mean = mean
    self.deviation = deviation
    self.isBGR = isBGR
  }

  /// The statistics of ImageNet, which most networks trained on it expect.
  public static func imageNet(_ resizing: Resizing) -> PictureInput {
    PictureInput(resizing, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375])
  }

  /// Scales bytes to −1…1.
  public static func symmetric(_ resizing: Resizing) -> PictureInput {
    PictureInput(resizing, mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5])
  }
}
