import Tensors

/// Cuts pictures or latents into square patches and maps each to a token.
///
/// - Shapes: input `[batch, channels, side, side]`, result `[batch, (side/patch)², width]`, patches
///   row by row.
public final class PatchEmbedding: Module {
  /// `[width, channels, patch, patch]`.
  public let weight: Parameter
  /// `[width]`.
  public let bias: Parameter
  private let patch: Int

  /// Makes a layer; Xavier-uniform over the flattened patch, as DiT initialises it.
  public init(channels: Int, patch: Int, width: Int) throws {
    self.patch = patch
    let inputs = channels * patch * patch
    weight = try Parameter(
      shape: [width, channels, patch, patch], .xavierUniform(fanIn: inputs, fanOut: width))
    bias = try Parameter(shape: [width], .zeros)
  }

  /// `weight`, `bias`.
  public var members: [Member] { [.parameter("weight", weight), .parameter("bias", bias)] }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let matrix = try weight.value.reshaped([weight.value.shape[0], -1])
    return try x.cutIntoPatches(patch).linear(matrix, bias.value)
  }
}
