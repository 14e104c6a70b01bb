import Diagnostics
import Nets
import Samples
import Tensors

/// A layer that embeds each row (a time, a class or a representation) as a vector.
protocol RowEmbedding: Module {
  func callAsFunction(_ rows: Tensor) throws -> Tensor
}

extension TimeEmbedding: RowEmbedding {}
extension Embedding: RowEmbedding {}
extension Linear: RowEmbedding {}

/// Embeds a time and conditions as the vector that modulates a backbone's blocks.
///
/// Every family of backbones has one. A condition that is not given, or was dropped, is replaced by the
/// learned null embedding of its kind.
/// - Shapes: time `[batch]`, the sum `[batch, width]`, context tokens `[batch, tokens, width]`.
final class ConditionEmbedder: Module {
  /// The embedding layers, which differ from family to family.
  struct Layers {
    let time: any RowEmbedding
    /// A table of `classes + 1` entries; the last is "no class".
    let label: (name: String, layer: any RowEmbedding)?
    /// Maps the width of a representation to the model's.
    var vector: (any RowEmbedding)?
    /// Maps the width of a context token to the model's.
    var context: Linear?
  }

  /// The embedded time and conditions of a batch.
  struct Embedded {
    /// The sum of the embeddings, `[batch, width]`, after the activation.
    let sum: Tensor
    /// The class embedding alone, `[batch, width]`, before the activation.
    let label: Tensor?
    /// The context tokens.
    let context: ContextTokens?
  }

  private let layers: Layers
  /// `[1, width]`, used for a missing representation.
  private let nullVector: Parameter?
  /// `[1, 1, width]`, the only token of a row without context.
  private let nullContext: Parameter?
  private let join: ([Tensor]) throws -> Tensor

  /// Creates an embedder from a family's layers. `join` adds up the embeddings, time first, and applies
  /// the activation.
  init(width: Int, _ layers: Layers, join: @escaping ([Tensor]) throws -> Tensor) throws {
    self.layers = layers
    self.join = join
    let null = Initializer.normal(standardDeviation: 0.02)
    nullVector = try layers.vector.map { _ in try Parameter(shape: [1, width], null) }
    nullContext = try layers.context.map { _ in try Parameter(shape: [1, 1, width], null) }
  }

  /// DiT's layers: sinusoidal time features through an MLP, a table of classes, SiLU of their sum.
  convenience init(_ shape: ConditionShape, width: Int) throws {
    try self.init(
      width: width,
      Layers(
        time: TimeEmbedding(width: width),
        label: shape.classes.map {
          ("y_embedder.embedding_table", try Embedding(entries: $0 + 1, width: width))
        },
        vector: shape.vectorWidth.map { try Linear($0, width) },
        context: shape.contextWidth.map { try Linear($0, width) }),
      join: { parts in try parts.dropFirst().reduce(parts[0]) { try $0 + $1 }.silu() })
  }

  /// `t_embedder` and the class table under their published names, then `vector_embedder`,
  /// `vector_null`, `context_embedder` and `context_null`, as far as the model has them.
  var members: [Member] {
    let optional: [Member?] = [
      layers.label.map { .module($0.name, $0.layer) },
      layers.vector.map { .module("vector_embedder", $0) },
      nullVector.map { .parameter("vector_null", $0) },
      layers.context.map { .module("context_embedder", $0) },
      nullContext.map { .parameter("context_null", $0) },
    ]
    return [.module("t_embedder", layers.time)] + optional.compactMap { $0 }
  }

  func callAsFunction(_ time: Tensor, _ conditions: Conditions) throws -> Embedded {
    let label = try layers.label.map { try $0.layer(required(conditions.labels, .label)) }
    let vector = try layers.vector.map { layer in
      try embedded(required(conditions.vectors, .vector), layer)
    }
    let context = try layers.context.map { layer in
      try embedded(required(conditions.context, .context), layer)
    }
    let parts = try [layers.time(time)] + [label, vector].compactMap { $0 }
    return Embedded(sum: try join(parts), label: label, context: context)
  }

  /// The tensor of a kind that the model takes. A row without the condition has a place in it, too.
  private func required<Value>(_ value: Value?, _ kind: ConditionKind) throws -> Value {
    guard let value else {
      throw PeregrineError(
        .usage, doing: "embedding conditions", found: "none of kind `\(kind.rawValue)`",
        expected: "one for each row, given or not: the model takes them")
    }
    return value
  }

  private func embedded(_ vectors: GivenRows, _ layer: any RowEmbedding) throws -> Tensor {
    guard let null = nullVector?.value else { preconditionFailure("a vector layer without a null") }
    let given = vectors.isGiven
    return try layer(vectors.values) * given + null * (1 - given)
  }

  /// Projected tokens; a row without any attends to the null alone.
  private func embedded(_ context: ContextTokens, _ layer: Linear) throws -> ContextTokens {
    guard let null = nullContext?.value else {
      preconditionFailure("a context layer without a null")
    }
    let (batch, count) = (context.mask.shape[0], context.mask.shape[1])
    let isEmpty = try 1 - context.mask.sliced(1, 0..<1)
    // An empty row's first token, which is padding, becomes the null token.
    let first = try Tensor.concatenated(
      [isEmpty, Tensor.zeros([batch, count - 1], dtype: isEmpty.dtype, device: isEmpty.device)],
      dim: 1)
    let place = try first.unsqueezed(-1)
    return ContextTokens(
      tokens: try layer(context.tokens) * (1 - place) + null * place,
      mask: try context.mask + first)
  }
}
