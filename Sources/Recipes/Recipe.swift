/// The settings of a training run. In YAML each key is the `snake_case` form of the property's name.
///
/// Every key has a default, so a recipe file only contains what differs. ``RecipeLayers`` records
/// the origin of each value. The length of training and all intervals are counted in images.
public struct Recipe: Codable, Equatable, Sendable {
  /// The network.
  public var model = Model()
  /// The training data.
  public var data = Data()
  /// The loss.
  public var objective = Objective()
  /// The teacher: a frozen network whose features are used in training.
  public var teacher = TeacherChoice()
  /// The alignment of tokens with the teacher's tokens (REPA).
  public var alignment = Alignment()
  /// The class token that is denoised together with each item (REG).
  public var classToken = ClassToken()
  /// Contrastive flow matching.
  public var contrastive = Contrastive()
  /// The token routing in training.
  public var routing = Routing()
  /// The optimizer and the averages of weights.
  public var optimizer = Optimizer()
  /// Length, batch size, precision, device and seed of training.
  public var training = Training()
  /// When to log, validate, draw, score and save.
  public var schedule = Schedule()
  /// The sample grids drawn during training.
  public var preview = Preview()
  /// The scores measured during training.
  public var evaluation = EvaluationSettings()

  /// Creates a recipe with all defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case model, data, objective, teacher, alignment
    case classToken = "class_token"
    case contrastive, routing, optimizer, training, schedule, preview, evaluation
  }

  /// The keys whose values are paths, in which a leading `~/` is the user's home folder.
  static let paths: Set = [
    "data.path", "data.autoencoder_weights", "model.start_from", "teacher.weights",
    "evaluation.against", "evaluation.weights", "evaluation.cache",
  ]

  /// The accepted values of keys whose type is not enough.
  static let accepted: [String: Accepted] = [
    ("model", Model.accepted), ("data", Data.accepted), ("objective", Objective.accepted),
    ("alignment", Alignment.accepted), ("routing", Routing.accepted),
    ("optimizer", Optimizer.accepted), ("training", Training.accepted),
    ("preview.sampler", SamplerSettings.accepted), ("evaluation", EvaluationSettings.accepted),
    ("evaluation.sampler", SamplerSettings.accepted),
  ].reduce(into: [:]) { all, section in
    for (key, accepted) in section.1 { all["\(section.0).\(key)"] = accepted }
  }
}
