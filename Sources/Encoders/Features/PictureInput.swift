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
}
