import Diagnostics
import Tensors

/// Multi-head self-attention with one joint projection for queries, keys and values.
///
/// - Shapes: input and result `[batch, tokens, width]`. The projection's rows are q, k, v in turn,
///   head-major inside each.
public final class Attention: Module {
  private let heads: Int
  private let projection: Linear
  private let output: Linear

  /// Makes a layer.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when the heads do not divide the width.
  public init(width: Int, heads: Int) throws {
    guard width % heads == 0 else {
      throw PeregrineError(
        .usage, doing: "building attention", found: "width \(width) and \(heads) heads",
        expected: "a width that is a multiple of the heads")
    }
    self.heads = heads
    projection = try Linear(width, 3 * width)
    output = try Linear(width, width)
  }

  /// `qkv`, `proj`.
  public var members: [Member] { [.module("qkv", projection), .module("proj", output)] }

  /// Attends over all tokens; `rotary` turns queries and keys by their positions first.
  public func callAsFunction(_ x: Tensor, rotary: RotaryTable? = nil) throws -> Tensor {
    let (batch, tokens, width) = (x.shape[0], x.shape[1], x.shape[2])
    // [batch, tokens, (q k v) head d] -> (q k v) [batch, head, tokens, d]
    let parts = try projection(x)
      .reshaped([batch, tokens, 3, heads, width / heads])
      .permuted([2, 0, 3, 1, 4])
      .chunks(3, dim: 0).map { try $0.squeezed(0) }
    let queries = try rotary?.rotate(parts[0]) ?? parts[0]
    let keys = try rotary?.rotate(parts[1]) ?? parts[1]
    let scale = 1 / Double(width / heads).squareRoot()
    let mixed = try queries.attention(keys: keys, values: parts[2], scale: scale)
    return try output(mixed.permuted([0, 2, 1, 3]).reshaped([batch, tokens, width]))
  }
}
