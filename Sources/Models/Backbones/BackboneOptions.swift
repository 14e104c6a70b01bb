import Diagnostics
import Tensors

/// What a recipe asks of a backbone beyond its preset. Everything off is the family's plain model.
public struct BackboneOptions: Codable, Equatable, Sendable {
  /// The norms of the blocks, over a token's channels, parameter-free and with ε 1e-6.
  public var norm = NormKind.layer
  /// Whether queries and keys are turned by their row and column (2-D axial RoPE).
  public var isRotary = false
  /// Whether queries and keys are normalised over the head width.
  public var normalizesQueriesAndKeys = false
  /// Whether blocks mix the first block's values into their own.
  public var mixesFirstValues = false
  /// The layers applied to each token by itself.
  public var feedForward = FeedForward.gelu
  /// The MLP's hidden width relative to the token width, in the first block.
  public var mlpRatio = 4.0
  /// The same in the last block; blocks between grow evenly.
  public var lastMLPRatio = 4.0
  /// SPRINT's three parts; `nil` without.
  public var sprint: SprintShape?
  /// The width of the class token that is denoised beside the item (REG); `nil` without.
  public var classTokenWidth: Int?
  /// The alignment with a teacher's tokens (REPA); `nil` without.
  public var alignment: AlignmentShape?

  /// The layers applied to each token by itself.
  public enum FeedForward: String, CaseIterable, Codable, Sendable {
    /// Two layers with GELU's tanh form between them.
    case gelu
    /// A gated pair, as wide as costs the same.
    case swiglu
  }

  /// The family's plain model.
  public static let plain = BackboneOptions()

  /// Everything off.
  public init() {}

  /// The hidden width relative to the token width, in block `index` of `depth`.
  func mlpRatio(ofBlock index: Int, depth: Int) -> Double {
    depth < 2
      ? mlpRatio : mlpRatio + (lastMLPRatio - mlpRatio) * Double(index) / Double(depth - 1)
  }

  /// What methods add to the blocks, in the order in which they act. A new one is one line here.
  ///
  /// - Throws: ``PeregrineError`` `.usage` when one names blocks that are not there.
  func makeExtensions(width: Int, depth: Int) throws -> [any TrunkExtension] {
    try checkDepths(of: depth)
    let extensions: [(any TrunkExtension)?] = [
      try sprint.map { try SprintFusion(width: width, middle: $0.middle(depth: depth)) },
      try alignment.map { try TokenAlignment($0, width: width) },
    ]
    return extensions.compactMap { $0 }
  }

  /// Checks that what names blocks names some that are there.
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

  /// Refuses what a family does not have.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the first option that is on and should be off.
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
  /// The first blocks, which see every token.
  public var encoderDepth = 2
  /// The last blocks, which see every token again.
  public var decoderDepth = 2

  /// As published: two blocks at either end.
  public init() {}

  /// The blocks between encoder and decoder, which a route may thin out or skip.
  public func middle(depth: Int) -> Range<Int> {
    encoderDepth..<max(encoderDepth, depth - decoderDepth)
  }
}

/// Where a backbone's tokens are compared with a teacher's, and by which projector.
///
/// One projector serves all depths.
public struct AlignmentShape: Codable, Equatable, Sendable {
  /// How many blocks the compared tokens went through, once for each comparison.
  public var depths: [Int]
  /// The width of the teacher's tokens.
  public var teacherWidth: Int
  /// The hidden width of the projector.
  public var hidden: Int

  /// Describes an alignment.
  public init(depths: [Int], teacherWidth: Int, hidden: Int = 2_048) {
    self.depths = depths
    self.teacherWidth = teacherWidth
    self.hidden = hidden
  }
}
