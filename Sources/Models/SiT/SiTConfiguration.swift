import Diagnostics

/// Everything that determines a SiT's shapes.
public struct SiTConfiguration: BackboneConfiguration {
  /// `SiT`.
  public static let family = "SiT"
  /// Published sizes, and ours for CPUs.
  public static let sizes = TransformerSize.named
  /// A SiT has all options.
  public static func check(_ options: BackboneOptions) {}

  /// The sizes of the transformer.
  public var size: TransformerSize
  /// What is read and written.
  public var shape: BackboneShape
  /// What the model has beyond the plain one.
  public var options = BackboneOptions.plain

  /// Describes a plain model.
  public init(size: TransformerSize, shape: BackboneShape) {
    self.size = size
    self.shape = shape
  }

  /// The model with all parts of SR-DiT: SPRINT, REG's class token, REPA's projector after the second
  /// block, RMS norms, axial RoPE, normalised queries and keys, value residual.
  ///
  /// - Parameter teacherWidth: of the teacher's tokens; DINOv2-B's unless told.
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

  /// The MLP's hidden width in block `index`; a gated pair has two thirds of it, to cost the same.
  func hidden(ofBlock index: Int) -> Int {
    let width = options.mlpRatio(ofBlock: index, depth: depth) * Double(size.width)
    return options.feedForward == .gelu ? Int(width) : Int(width * 2 / 3)
  }

  /// A SiT with weights of zero.
  public func makeBackbone() throws -> any Backbone { try SiT(self) }

  /// Checks that the numbers fit each other.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming those that do not.
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
