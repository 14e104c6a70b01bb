import Diagnostics
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
    let (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    guard height % patch == 0, width % patch == 0 else {
      throw PeregrineError(
        .shapeMismatch, doing: "cutting \(x.shape) into patches of \(patch)",
        found: "sides \(height) x \(width)", expected: "multiples of \(patch)")
    }
    let (rows, columns) = (height / patch, width / patch)
    // b c (y p) (x q) -> b (y x) (c p q)
    let patches = try x.reshaped([batch, channels, rows, patch, columns, patch])
      .permuted([0, 2, 4, 1, 3, 5])
      .reshaped([batch, rows * columns, channels * patch * patch])
    let matrix = try weight.value.reshaped([-1, channels * patch * patch])
    return try patches.linear(matrix, bias.value)
  }
}
