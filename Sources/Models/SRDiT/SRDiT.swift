import Diagnostics
import Nets
import Tensors

/// SR-DiT: a diffusion transformer that trains fast, by a class token that is denoised along (REG),
/// alignment with a teacher (REPA) and middle blocks that see few tokens (SPRINT).
///
/// - Time: `t = 0` is data, `t = 1` is noise; read as it is, in [0, 1].
/// - Shapes: the sequence is `[class token ; patches row by row]`; an output token is laid out
///   (row in patch, column in patch, channel).
/// - Source: "Speedrunning ImageNet Diffusion", arXiv 2512.12386, and its public code. Matches fixtures
///   `srdit_tiny` and `srdit_b1_init`.
public final class SRDiT: Module {
  /// What the model was built from.
  public let configuration: SRDiTConfiguration
  let patches: PatchEmbedding
  let time: TimeEmbedding
  let label: Embedding
  let classToken: ClassTokenEmbedding
  private let positions: Parameter
  private let rotations: RotaryPositions
  private let blocks: [SRDiTBlock]
  private let sprint: SprintFusion
  private let projector: AlignmentProjector
  private let final: ClassTokenFinalLayer

  /// Builds a model with zero weights; ``Module/initialize(seed:)`` or a checkpoint fills them.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when the configuration's numbers do not fit each other.
  public init(_ configuration: SRDiTConfiguration) throws {
    try configuration.validate()
    self.configuration = configuration
    let (size, patch, grid) = (configuration.size, configuration.patch, configuration.grid)
    patches = try PatchEmbedding(channels: configuration.channels, patch: patch, width: size.width)
    time = try TimeEmbedding(width: size.width)
    label = try Embedding(entries: configuration.classCount + 1, width: size.width)
    classToken = try ClassTokenEmbedding(
      teacherWidth: configuration.teacherWidth, width: size.width)
    let classPosition = [Float](repeating: 0, count: size.width)
    positions = try Parameter(
      shape: [1, 1 + grid * grid, size.width],
      .table(classPosition + SinCosPositions.table(side: grid, width: size.width)),
      isTrainable: false)
    rotations = try RotaryPositions(side: grid, headWidth: size.width / size.heads)
    blocks = try (0..<size.depth).map { index in
      try SRDiTBlock(
        size, hidden: configuration.mlpRatio * size.width, mixesFirstValues: index > 0)
    }
    sprint = try SprintFusion(width: size.width)
    projector = try AlignmentProjector(
      width: size.width, hidden: configuration.projectorWidth,
      teacherWidth: configuration.teacherWidth)
    final = try ClassTokenFinalLayer(
      width: size.width, outputs: patch * patch * configuration.channels,
      teacherWidth: configuration.teacherWidth)
  }

  /// Checkpoint names and order as in the public SR-DiT code.
  public var members: [Member] {
    [
      .parameter("mask_token", sprint.maskToken), .parameter("pos_embed", positions),
      .module("fusion_proj", sprint.projection), .module("x_embedder.proj", patches),
      .module("t_embedder", time), .module("y_embedder.embedding_table", label),
    ] + blocks.enumerated().map { .module("blocks.\($0)", $1) }
      + [.module("projectors.0", projector), .module("final_layer", final)]
      + classToken.members + [.module("feat_rope", rotations)]
  }

  /// Predicts the velocities of state and class token.
  ///
  /// - Parameters:
  ///   - x: the noised state and class token.
  ///   - time: `[batch]`, shifted as in training.
  ///   - labels: `[batch]` int64; ``classCount`` is the null class.
  ///   - route: what the middle blocks see.
  ///   - isProjecting: whether to map the encoder's tokens to the teacher's space too.
  ///   - policy: what to compute while sampling; everything when `nil`.
  /// - Throws: ``PeregrineError`` `.shapeMismatch` when state or class token do not fit the model.
  public func callAsFunction(
    _ x: StateWithClassToken, time: Tensor, labels: Tensor, route: SprintRoute = .dense,
    isProjecting: Bool = false, policy: (any StepPolicy)? = nil
  ) throws -> SRDiTOutput {
    try checkShapes(of: x)
    let condition = try (self.time(time) + label(labels)).silu()
    let tokens =
      try Tensor.concatenated(
        [classToken(x.classToken).unsqueezed(1), patches(x.state)], dim: 1) + positions.value
    let context = ForwardContext(policy: policy)
    var encoded: Tensor?
    let mixed = try context.output(at: .stack, input: tokens) { rows in
      let result = try run(rows.of(tokens), rows.of(condition), route.of(rows), context)
      encoded = result.encoded
      return result.decoded
    }
    let ends = try final(mixed, condition)
    let state = try ends.patches.assemblingPatches(
      channels: configuration.channels, patch: configuration.patch, side: configuration.side)
    return try SRDiTOutput(
      velocity: StateWithClassToken(state: state, classToken: ends.classToken),
      projected: isProjecting ? encoded.map { try projector($0) } : nil)
  }

  /// All blocks; also returns the encoder's tokens.
  private func run(
    _ tokens: Tensor, _ condition: Tensor, _ route: SprintRoute, _ context: ForwardContext
  ) throws -> (decoded: Tensor, encoded: Tensor) {
    let rotary = try rotations.table.prepending(unturned: 1)
    // The first block always runs: later blocks mix in its values.
    let first = try blocks[0](
      tokens, TokenCompanions(condition: condition, rotary: rotary), index: 0, .plain)
    let start = try context.output(at: .block(0), input: tokens) { try $0.of(first.tokens) }
    let all = TokenCompanions(condition: condition, rotary: rotary, firstValues: first.values)
    let middle = configuration.middle
    let encoded = try run(1..<middle.lowerBound, start, all, context)
    let fused = try sprint(encoded, route: route) { sequence in
      try run(middle, sequence.tokens, all.gathered(at: sequence.positions), context)
    }
    return (try run(middle.upperBound..<blocks.count, fused, all, context), encoded)
  }

  /// Some blocks in turn.
  private func run(
    _ range: Range<Int>, _ tokens: Tensor, _ companions: TokenCompanions,
    _ context: ForwardContext
  ) throws -> Tensor {
    try range.reduce(tokens) { input, index in
      try context.output(at: .block(index), input: input) { rows in
        try blocks[index](rows.of(input), companions.of(rows), index: index, context).tokens
      }
    }
  }

  private func checkShapes(of x: StateWithClassToken) throws {
    let (state, token) = (x.state.shape, x.classToken.shape)
    guard state.count == 4, Array(state.dropFirst()) == itemShape,
      token == [state[0], configuration.teacherWidth]
    else {
      throw PeregrineError(
        .shapeMismatch, doing: "running an SR-DiT",
        found: "a state of shape \(state) and a class token of shape \(token)",
        expected: "[batch] + \(itemShape) and [batch, \(configuration.teacherWidth)]")
    }
  }
}

/// What an SR-DiT predicts.
public struct SRDiTOutput {
  /// The velocities of state and class token.
  public let velocity: StateWithClassToken
  /// The encoder's tokens in the teacher's space, `[batch, tokens, teacher width]`, when asked for.
  public let projected: Tensor?
}
