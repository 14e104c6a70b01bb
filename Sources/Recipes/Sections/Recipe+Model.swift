import Datasets
import Diagnostics
import DiffusionMath
import Encoding
import Models
import Tensors

extension Recipe {
  /// The network.
  public struct Model: Codable, Equatable, Sendable {
    /// A family, a size and a patch size, such as `SiT-S/2`.
    public var preset = "SiT-S/2"
    /// The kind of norm in a SiT's blocks: `layer`, or `rms` as in SR-DiT.
    public var norm = NormKind.layer
    /// Whether a SiT uses 2-D RoPE on queries and keys, in addition to its fixed positions.
    public var rotary = false
    /// Whether a SiT normalises queries and keys (QK norm).
    public var queryKeyNorm = false
    /// Whether a SiT's blocks mix in the first block's attention values (value residual).
    public var valueResidual = false
    /// A SiT's feed-forward layers: `gelu`, or `swiglu` at the same cost.
    public var feedForward = BackboneOptions.FeedForward.gelu
    /// The hidden width of a SiT's MLP relative to the token width, in the first block.
    public var mlpRatio = 4.0
    /// The same in the last block; in between the ratio is interpolated linearly.
    public var mlpRatioLast = 4.0
    /// A checkpoint with the initial weights: `.safetensors`, or PyTorch's `.pt`; empty for random
    /// weights.
    public var startFrom = ""
    /// How times were counted in the training of `start_from`: the `same` way as here, or `reversed`
    /// as in SiT, whose weights are then converted.
    public var startClock = StartingClock.same
    enum CodingKeys: String, CodingKey {
      case preset, norm, rotary
      case queryKeyNorm = "query_key_norm"
      case valueResidual = "value_residual"
      case feedForward = "feed_forward"
      case mlpRatio = "mlp_ratio"
      case mlpRatioLast = "mlp_ratio_last"
      case startFrom = "start_from"
      case startClock = "start_clock"
    }

    static let accepted: [String: Accepted] = [
      "norm": .cases(of: NormKind.self),
      "feed_forward": .cases(of: BackboneOptions.FeedForward.self),
      "start_clock": .cases(of: StartingClock.self),
    ]
  }

  /// What the recipe changes in the network beyond its preset.
  ///
  /// - Parameter teacherWidth: the width of the teacher's tokens, if there is a teacher.
  func backboneOptions(teacherWidth: Int?) throws -> BackboneOptions {
    var options = BackboneOptions()
    options.norm = model.norm
    options.isRotary = model.rotary
    options.normalizesQueriesAndKeys = model.queryKeyNorm
    options.mixesFirstValues = model.valueResidual
    options.feedForward = model.feedForward
    options.mlpRatio = model.mlpRatio
    options.lastMLPRatio = model.mlpRatioLast
    if routing.method == .sprint { options.sprint = routing.sprintShape }
    if let teacherWidth {
      if classToken.weight > 0 { options.classTokenWidth = teacherWidth }
      if alignment.weight > 0 {
        options.alignment = AlignmentShape(
          depths: alignment.depths, teacherWidth: teacherWidth,
          hidden: alignment.projectorWidth)
      }
    }
    return options
  }

  /// The configuration of the network.
  package func configuration(for data: DataDescription) throws -> any BackboneConfiguration {
    try data.requireSquare()
    return try Backbones.configuration(
      preset: model.preset, item: data.summary.itemShape, conditions: data.summary.conditions,
      options: backboneOptions(teacherWidth: data.teacher?.width))
  }

  /// Builds the network with zero weights.
  package func makeModel(for data: DataDescription) throws -> any Backbone {
    try configuration(for: data).makeBackbone()
  }

  var modelRules: [Rule] {
    [
      Self.rule("model.mlp_ratio", model.mlpRatio, Bounds(0...32).above),
      Self.rule("model.mlp_ratio_last", model.mlpRatioLast, Bounds(0...32).above),
    ]
  }
}
