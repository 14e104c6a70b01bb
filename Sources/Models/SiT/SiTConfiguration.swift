import Diagnostics

/// Everything that determines a SiT's shapes.
public struct SiTConfiguration: BackboneConfiguration {
  /// `SiT`.
  public static let family = "SiT"
  /// The published sizes, and ours for CPUs.
  public static let sizes = TransformerSize.named
  /// Accepts every option.
  public static func check(_ options: BackboneOptions) {}

  /// The size of the transformer.
  public var size: TransformerSize
  /// The shape of input and output.
  public var shape: BackboneShape
  /// What is added to the plain model.
  public var options = BackboneOptions.plain

  /// Creates the configuration of a plain model.
  public init(size: TransformerSize, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The configuration with all options of SR-DiT: SPRINT, REG's class token, REPA's projector
  /// after the second block, RMS norms, axial RoPE, QK norm, value residual.
  ///
  /// - Parameter teacherWidth: the width of the teacher's tokens; by default that of DINOv2-B.
  /// - Source: SR-DiT, arXiv 2512.12386, and its public code.
  public func speedrun(teacherWidth: Int = 768, projectorWidth: Int = 2_048) -> SiTConfiguration {
    var model = self
    model.options.norm = .rms
    model.options.isRotary = true
    model.options.normalizesQueriesAndKeys = true
    model.options.mixesFirstValues = true
    model.options.sprint = SprintShape()
    model.options.classTokenWidth = teacherWidth
    model.options.alignment = AlignmentShape(
      depths: [2], teacherWidth: teacherWidth, hidden: projectorWidth)
    return model
  }

  /// The number of blocks.
  public var depth: Int { size.depth }

  /// The number of patches, and the class token if there is one.
  var tokenCount: Int { shape.patchCount + (options.classTokenWidth == nil ? 0 : 1) }

  /// The MLP's hidden width in block `index`. SwiGLU gets two thirds of it, so that it costs the same.
  func hidden(ofBlock index: Int) -> Int {
    let width = options.mlpRatio(ofBlock: index, depth: depth) * Double(size.width)
    return options.feedForward == .gelu ? Int(width) : Int(width * 2 / 3)
  }

  /// Builds a SiT with zero weights.
  public func makeBackbone() throws -> any Backbone { try SiT(self) }

  /// Checks that the configuration is consistent.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming the numbers that do not fit.
  func validate() throws {
    try shape.check("SiT", size, headMultiple: options.isRotary ? 4 : 1)
    guard options.classTokenWidth ?? 1 > 0, options.mlpRatio > 0, options.lastMLPRatio > 0 else {
      throw PeregrineError(
        .usage, doing: "building a SiT",
        found: "class token width \(options.classTokenWidth ?? 0), MLP ratios \(options.mlpRatio) "
          + "and \(options.lastMLPRatio)", expected: "numbers above 0")
    }
  }
}
