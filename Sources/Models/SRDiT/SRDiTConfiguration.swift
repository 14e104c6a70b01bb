import Diagnostics

/// Everything that determines an SR-DiT's shapes.
public struct SRDiTConfiguration: Codable, Equatable, Sendable {
  /// The sizes of the transformer.
  public var size: SiTSize
  /// The side of a patch, in latent cells.
  public var patch: Int
  /// The MLP's hidden width relative to the token width.
  public var mlpRatio = 4
  /// The channels of the state.
  public var channels: Int
  /// The side of the square state.
  public var side: Int
  /// The number of classes, without the null class.
  public var classCount: Int
  /// The width of the teacher's tokens, and so of the class token; DINOv2-B's.
  public var teacherWidth = 768
  /// The hidden width of the alignment projector.
  public var projectorWidth = 2_048
  /// The first blocks, which see every token.
  public var encoderDepth = 2
  /// The last blocks, which see every token again.
  public var decoderDepth = 2

  /// Describes a model; what is left out is as published.
  public init(size: SiTSize, patch: Int = 1, channels: Int, side: Int, classCount: Int) {
    self.size = size
    self.patch = patch
    self.channels = channels
    self.side = side
    self.classCount = classCount
  }

  /// Reads a preset such as `SR-DiT-B/1`: a named size and a patch size.
  ///
  /// B, L and XL are the published sizes; the others exist for small machines.
  /// - Throws: ``PeregrineError`` `.usage` with the known names.
  public init(preset: String, channels: Int, side: Int, classCount: Int) throws {
    let named = try Preset(preset, family: "SR-DiT", sizes: SiTSize.named)
    self.init(
      size: named.size, patch: named.patch, channels: channels, side: side, classCount: classCount)
  }

  /// The patches along one side.
  public var grid: Int { side / patch }

  /// The blocks between encoder and decoder, which a route may thin out or skip.
  public var middle: Range<Int> { encoderDepth..<size.depth - decoderDepth }

  /// Checks that the numbers fit each other.
  ///
  /// - Throws: ``PeregrineError`` `.usage` naming those that do not.
  func validate() throws {
    guard patch > 0, side % patch == 0, channels > 0, classCount > 0 else {
      throw refusal(
        "side \(side), patch \(patch), \(channels) channels, \(classCount) classes",
        "a side that is a multiple of the patch, a channel, a class")
    }
    guard size.heads > 0, size.width % (4 * size.heads) == 0 else {
      throw refusal(
        "width \(size.width) and \(size.heads) heads", "a head width that is a multiple of 4")
    }
    guard encoderDepth > 0, decoderDepth >= 0, encoderDepth + decoderDepth < size.depth else {
      throw refusal(
        "\(encoderDepth) encoder and \(decoderDepth) decoder blocks of \(size.depth)",
        "an encoder block, and a block between encoder and decoder")
    }
    guard teacherWidth > 0, projectorWidth > 0, mlpRatio > 0 else {
      throw refusal(
        "teacher width \(teacherWidth), projector width \(projectorWidth), MLP ratio \(mlpRatio)",
        "numbers above 0")
    }
  }

  private func refusal(_ found: String, _ expected: String) -> PeregrineError {
    PeregrineError(
      .usage, doing: "building an SR-DiT", found: found, expected: expected,
      advice: "Start from a preset, for example `SR-DiT-B/1`.")
  }
}
