import Diagnostics
import Tensors

/// How stored latents become the numbers that a diffusion model sees: `model = (latent − shift) · scale`.
///
/// Shift and scale are one number for all, one per channel, or one per channel and place in a patch.
public struct LatentScaling: Codable, Sendable, Equatable {
  /// What is subtracted.
  public let shift: [Double]
  /// What is multiplied with afterwards.
  public let scale: [Double]
  /// The side of the patches that the numbers repeat over; 1 where places do not differ. Numbers are
  /// ordered by channel, row, column.
  public let patch: Int

  /// Latents used as they are.
  public static let identity = LatentScaling(scale: 1)

  /// The same shift and scale for all numbers of a latent.
  public init(shift: Double = 0, scale: Double) {
    self.shift = [shift]
    self.scale = [scale]
    patch = 1
  }

  /// A shift and a scale for every channel, or for every place of a patch of every channel.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when there are not as many shifts as scales, or the scales do
  ///   not fill patches.
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

  /// Shift and scale of every number of an item `[channels, height, width]`, in C order.
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

  /// Stored latents `[batch, channels, height, width]` in the model's numbers.
  ///
  /// - Throws: ``PeregrineError`` `.shapeMismatch` for other channels, or sides that patches do not fill.
  public func modelSpace(_ latents: Tensor) throws -> Tensor {
    try byPlace(latents) { try ($0 - $1) * $2 }
  }

  /// The model's numbers back as stored latents.
  ///
  /// - Throws: as ``modelSpace(_:)``.
  public func stored(_ values: Tensor) throws -> Tensor {
    try byPlace(values) { try $0 / $2 + $1 }
  }

  /// Calls `change` with the numbers, the shift and the scale, shaped so that they broadcast.
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
