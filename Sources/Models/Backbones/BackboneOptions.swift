import Diagnostics
import Tensors

/// What a recipe changes in a backbone beyond its preset. With everything off it is the family's plain
/// model.
public struct BackboneOptions: Codable, Equatable, Sendable {
  /// The kind of norm in the blocks: over a token's channels, without parameters, ε 1e-6.
  public var norm = NormKind.layer
  /// Whether queries and keys are rotated by their row and column (2-D axial RoPE).
  public var isRotary = false
  /// Whether queries and keys are normalised over the head width (QK norm).
  public var normalizesQueriesAndKeys = false
  /// Whether later blocks mix the first block's attention values into their own (value residual).
  public var mixesFirstValues = false
  /// The feed-forward layers of a block.
  public var feedForward = FeedForward.gelu
  /// The MLP's hidden width relative to the token width, in the first block.
  public var mlpRatio = 4.0
  /// The same in the last block. In between the ratio is interpolated linearly.
  public var lastMLPRatio = 4.0
  /// SPRINT's three parts; `nil` without SPRINT.
  public var sprint: SprintShape?
  /// The width of the class token that is denoised together with the item; `nil` without REG.
  public var classTokenWidth: Int?
  /// The alignment with a teacher's tokens; `nil` without REPA.
  public var alignment: AlignmentShape?

  /// The feed-forward layers of a block.
  public enum FeedForward: String, CaseIterable, Codable, Sendable {
    /// Two linear layers with GELU (tanh approximation) between them.
    case gelu
    /// SwiGLU, with a hidden width for which it costs the same.
    case swiglu
  }

  /// The family's plain model.
  public static let plain = BackboneOptions()

  /// Creates options with everything off.
  public init() {}

  /// The MLP's hidden width relative to the token width, in block `index` of `depth`.
  func mlpRatio(ofBlock index: Int, depth: Int) -> Double {
    depth < 2
      ? mlpRatio : mlpRatio + (lastMLPRatio - mlpRatio) * Double(index) / Double(depth - 1)
  }

  /// The extensions that act between blocks, in order. A new extension is one line here.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if an extension names blocks that do not exist.
  func makeExtensions(width: Int, depth: Int) throws -> [any TrunkExtension] {
    try checkDepths(of: depth)
    let extensions: [(any TrunkExtension)?] = [
      try sprint.map { try SprintFusion(width: width, middle: $0.middle(depth: depth)) },
      try alignment.map { try TokenAlignment($0, width: width) },
    ]
    return extensions.compactMap { $0 }
  }

  /// Checks that SPRINT and alignment only name blocks that exist.
  ///
  /// - Throws: ``PeregrineError`` `.usage`.
  public func checkDepths(of depth: Int) throws {
    if let sprint,
      sprint.encoderDepth < 1 || sprint.decoderDepth < 0
        || sprint.encoderDepth + sprint.decoderDepth >= depth
    {
      throw PeregrineError(
        .usage, doing: "building a backbone with SPRINT",
        found:
          "\(sprint.encoderDepth) encoder and \(sprint.decoderDepth) decoder blocks of \(depth)",
        expected: "an encoder block, and a block between encoder and decoder")
    }
    if let alignment,
      alignment.depths.isEmpty || alignment.teacherWidth < 1 || alignment.hidden < 1
        || !alignment.depths.allSatisfy({ (1...depth).contains($0) })
    {
      throw PeregrineError(
        .usage, doing: "building a backbone with alignment",
        found: "the depths \(alignment.depths), teacher width \(alignment.teacherWidth), "
          + "projector width \(alignment.hidden)",
        expected: "depths from 1 to \(depth), and widths above 0")
    }
  }

  /// Rejects options that change the blocks, for a family whose blocks are fixed.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first option that should be off.
  func requireFixedBlocks(of family: String) throws {
    let plain = BackboneOptions.plain
    let asked: [(String, Bool)] = [
      ("norm", norm != plain.norm), ("rotary", isRotary),
      ("query_key_norm", normalizesQueriesAndKeys),
      ("value_residual", mixesFirstValues), ("feed_forward", feedForward != plain.feedForward),
      ("mlp_ratio", mlpRatio != plain.mlpRatio || lastMLPRatio != plain.lastMLPRatio),
    ]
    if let option = asked.first(where: \.1) {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "`model.\(option.0)` for the family \(family)",
        expected: "no such option: the blocks of \(family) are as published",
        advice: "Leave it out, or choose a SiT.")
    }
    if classTokenWidth != nil {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "a class token (REG) for the family \(family)",
        expected: "a SiT, which has a place for it", advice: "Set `class_token.weight: 0`.")
    }
  }
}

/// The three parts of a backbone with SPRINT: encoder, middle, decoder.
public struct SprintShape: Codable, Equatable, Sendable {
  /// The number of first blocks, which get every token.
  public var encoderDepth = 2
  /// The number of last blocks, which get every token again.
  public var decoderDepth = 2

  /// Creates the published shape: two blocks at either end.
  public init() {}

  /// The blocks between encoder and decoder, for which a route may drop some or all tokens.
  public func middle(depth: Int) -> Range<Int> {
    encoderDepth..<max(encoderDepth, depth - decoderDepth)
  }
}

/// Where a backbone's tokens are compared with a teacher's, and the size of the projector.
///
/// One projector is shared by all depths.
public struct AlignmentShape: Codable, Equatable, Sendable {
  /// After how many blocks tokens are compared; one entry per comparison.
  public var depths: [Int]
  /// The width of the teacher's tokens.
  public var teacherWidth: Int
  /// The hidden width of the projector.
  public var hidden: Int

  /// Creates a description of an alignment.
  public init(depths: [Int], teacherWidth: Int, hidden: Int = 2_048) {
    self.depths = depths
    self.teacherWidth = teacherWidth
    self.hidden = hidden
  }
}
