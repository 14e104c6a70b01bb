import Diagnostics
import Tensors

/// The scaling between stored latents and the values a diffusion model sees: `model = (latent −
/// shift) · scale`.
///
/// Shift and scale are a single number, one per channel, or one per channel and position in a
/// patch.
public struct LatentScaling: Codable, Sendable, Equatable {
  /// Subtracted first.
  public let shift: [Double]
  /// Multiplied afterwards.
  public let scale: [Double]
  /// The side of the patches over which the numbers repeat; 1 if positions do not differ. The
  /// numbers are ordered by channel, row, column.
  public let patch: Int

  /// No scaling: latents are used as they are.
  public static let identity = LatentScaling(scale: 1)

  /// The same shift and scale for all values of a latent.
  public init(shift: Double = 0, scale: Double) {
    self.shift = [shift]
    self.scale = [scale]
    patch = 1
  }

  /// A shift and a scale for every channel, or for every channel and position in a patch.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when the numbers of shifts and scales differ, or are not
  ///   a multiple of the positions in a patch.
  public init(shift: [Double], scale: [Double], patch: Int = 1) throws {
    guard patch > 0, !scale.isEmpty, shift.count == scale.count, scale.count % (patch * patch) == 0
    else {
      throw PeregrineError(
        .usage, doing: "describing the scaling of latents",
        found: "\(shift.count) shifts and \(scale.count) scales for patches of side \(patch)",
        expected: "as many shifts as scales, a multiple of the places of a patch")
    }
    self.shift = shift
    self.scale = scale
    self.patch = patch
  }

  /// Shift and scale of every value of an item `[channels, height, width]`, in C order.
  ///
  /// - Throws: as ``modelSpace(_:)``.
  public func numbers(of itemShape: [Int]) throws -> (shift: [Double], scale: [Double]) {
    let item = try Tensor.zeros([1] + itemShape, dtype: .float64)
    var found: (shift: [Double], scale: [Double]) = ([], [])
    _ = try byPlace(item) { item, shift, scale in
      found.shift = try (item + shift).scalars(Double.self)
      found.scale = try (item + scale).scalars(Double.self)
      return item
    }
    return found
  }

  /// Converts stored latents `[batch, channels, height, width]` to the values the model sees.
  ///
  /// - Throws: ``PeregrineError`` `.shapeMismatch` for another number of channels, or sides that
  ///   are not multiples of the patch.
  public func modelSpace(_ latents: Tensor) throws -> Tensor {
    try byPlace(latents) { try ($0 - $1) * $2 }
  }

  /// Converts the model's values back to stored latents.
  ///
  /// - Throws: as ``modelSpace(_:)``.
  public func stored(_ values: Tensor) throws -> Tensor {
    try byPlace(values) { try $0 / $2 + $1 }
  }

  /// Calls `change` with the latents, the shift and the scale, in shapes that broadcast.
  private func byPlace(_ x: Tensor, _ change: (Tensor, Tensor, Tensor) throws -> Tensor) throws
    -> Tensor
  {
    let channels = scale.count / (patch * patch)
    guard x.shape.count == 4, channels == 1 || x.shape[1] == channels, x.shape[2] % patch == 0,
      x.shape[3] % patch == 0
    else {
      throw PeregrineError(
        .shapeMismatch, doing: "scaling latents", found: "shape \(x.shape)",
        expected: "[batch, \(channels), height, width] with sides that are multiples of \(patch)")
    }
    func tensor(_ values: [Double]) throws -> Tensor {
      try Tensor(
        values, shape: [1, channels, 1, patch, 1, patch], dtype: x.dtype, device: x.device)
    }
    let places = try x.reshaped([
      x.shape[0], x.shape[1], x.shape[2] / patch, patch, x.shape[3] / patch, patch,
    ])
    return try change(places, tensor(shift), tensor(scale)).reshaped(x.shape)
  }
}
