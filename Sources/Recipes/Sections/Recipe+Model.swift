import Datasets
import Encoding
import Models
import Tensors

extension Recipe {
  /// The network.
  public struct Model: Codable, Equatable, Sendable {
    /// A family, a size and a patch: `SiT-S/2`.
    public var preset = "SiT-S/2"
    /// The norms of a SiT's blocks: `layer`, or `rms` as in SR-DiT.
    public var norm = NormKind.layer
    /// Whether a SiT turns queries and keys by row and column, beside its fixed positions.
    public var rotary = false
    /// Whether a SiT normalises queries and keys.
    public var queryKeyNorm = false
    /// Whether a SiT's blocks mix in the first block's values.
    public var valueResidual = false
    /// A SiT's layers for each token by itself: `gelu`, or `swiglu` of the same cost.
    public var feedForward = BackboneOptions.FeedForward.gelu
    /// The hidden width of a SiT's MLP relative to the token width, in the first block.
    public var mlpRatio = 4.0
    /// The same in the last block; blocks between grow evenly.
    public var mlpRatioLast = 4.0
    /// A checkpoint whose weights training starts from: `.safetensors`, or PyTorch's `.pt`; empty for
    /// random weights.
    public var startFrom = ""
    enum CodingKeys: String, CodingKey {
      case preset, norm, rotary
      case queryKeyNorm = "query_key_norm"
      case valueResidual = "value_residual"
      case feedForward = "feed_forward"
      case mlpRatio = "mlp_ratio"
      case mlpRatioLast = "mlp_ratio_last"
      case startFrom = "start_from"
    }

    static let accepted: [String: Accepted] = [
      "norm": .cases(of: NormKind.self),
      "feed_forward": .cases(of: BackboneOptions.FeedForward.self),
    ]
  }

  /// What the network has beyond its preset.
  ///
  /// - Parameter teacherWidth: of the teacher's tokens, where there is a teacher.
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

  /// What determines the network's shapes.
  package func configuration(for data: DataDescription) throws -> any BackboneConfiguration {
    try data.requireSquare()
    return try Backbones.configuration(
      preset: model.preset, item: data.summary.itemShape, conditions: data.summary.conditions,
      options: backboneOptions(teacherWidth: data.teacher?.width))
  }

  /// The network, with weights of zero.
  package func makeModel(for data: DataDescription) throws -> any Backbone {
    try configuration(for: data).makeBackbone()
  }

  var modelRules: [Rule] {
    [
      ("model.mlp_ratio", model.mlpRatio, model.mlpRatio > 0, "above 0"),
      ("model.mlp_ratio_last", model.mlpRatioLast, model.mlpRatioLast > 0, "above 0"),
    ]
  }
}
