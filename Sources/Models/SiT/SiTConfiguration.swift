import Diagnostics

/// The sizes of a SiT.
public struct SiTSize: Codable, Equatable, Sendable {
  /// The number of blocks.
  public var depth: Int
  /// The width of a token.
  public var width: Int
  /// The number of attention heads.
  public var heads: Int

  /// Named sizes. S, B, L and XL are the published ones; XS and Ti are ours, for CPUs.
  public static let named: [String: SiTSize] = [
    "Ti": SiTSize(depth: 6, width: 128, heads: 4),
    "XS": SiTSize(depth: 8, width: 256, heads: 4),
    "S": SiTSize(depth: 12, width: 384, heads: 6),
    "B": SiTSize(depth: 12, width: 768, heads: 12),
    "L": SiTSize(depth: 24, width: 1_024, heads: 16),
    "XL": SiTSize(depth: 28, width: 1_152, heads: 16),
  ]

  /// Describes a size.
  public init(depth: Int, width: Int, heads: Int) {
    self.depth = depth
    self.width = width
    self.heads = heads
  }
}

/// Everything that determines a SiT's shapes.
public struct SiTConfiguration: BackboneConfiguration, Codable, Equatable, Sendable {
  /// The sizes of the transformer.
  public var size: SiTSize
  /// The side of a patch, in pixels or latent cells.
  public var patch: Int
  /// The channels of the state.
  public var channels: Int
  /// The side of the square state.
  public var side: Int
  /// The number of classes, without the null class.
  public var classCount: Int
  /// What the model has beyond the plain one.
  public var options = BackboneOptions.plain

  /// Describes a plain model.
  public init(size: SiTSize, patch: Int, channels: Int, side: Int, classCount: Int) {
    self.size = size
    self.patch = patch
    self.channels = channels
    self.side = side
    self.classCount = classCount
  }

  /// Reads a preset such as `SiT-B/2`: a named size and a patch size.
  ///
  /// - Throws: ``PeregrineError`` `.usage` with the known names.
  public init(
    preset: String, channels: Int, side: Int, classCount: Int, options: BackboneOptions = .plain
  ) throws {
    let named = try Preset(preset, family: "SiT", sizes: SiTSize.named)
    self.init(
      size: named.size, patch: named.patch, channels: channels, side: side, classCount: classCount)
    self.options = options
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

  /// The patches along one side.
  var grid: Int { side / patch }

  /// The number of patches, and the class token if there is one.
  var tokenCount: Int { grid * grid + (options.classTokenWidth == nil ? 0 : 1) }

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
    guard patch > 0, side % patch == 0, channels > 0, classCount > 0, size.width % 4 == 0 else {
      throw refusal(
        "side \(side), patch \(patch), width \(size.width), \(channels) channels, "
          + "\(classCount) classes",
        "a side that is a multiple of the patch, a width that is a multiple of 4, a channel, a class"
      )
    }
    guard size.heads > 0, size.width % size.heads == 0,
      !options.isRotary || size.width % (4 * size.heads) == 0
    else {
      throw refusal(
        "width \(size.width) and \(size.heads) heads",
        "a width that is a multiple of the heads, and with rotary positions a head width that is a "
          + "multiple of 4")
    }
    guard options.classTokenWidth ?? 1 > 0, options.mlpRatio > 0, options.lastMLPRatio > 0 else {
      throw refusal(
        "class token width \(options.classTokenWidth ?? 0), MLP ratios \(options.mlpRatio) and "
          + "\(options.lastMLPRatio)", "numbers above 0")
    }
  }

  private func refusal(_ found: String, _ expected: String) -> PeregrineError {
    PeregrineError(
      .usage, doing: "building a SiT", found: found, expected: expected,
      advice: "Choose another preset, for example `SiT-B/2`.")
  }
}
