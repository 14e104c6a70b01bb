/// Everything a training run is made from. In YAML each key is the `snake_case` form of the property.
///
/// Every key has a default, so a recipe states only what it cares about; ``RecipeLayers`` records where
/// each value came from. Amounts of training are counted in images.
public struct Recipe: Codable, Equatable, Sendable {
  /// The network.
  public var model = Model()
  /// What is learned from.
  public var data = Data()
  /// What is minimised.
  public var objective = Objective()
  /// The frozen network whose features the model is trained with.
  public var teacher = TeacherChoice()
  /// The alignment of tokens with the teacher's (REPA).
  public var alignment = Alignment()
  /// The class token that is denoised beside each item (REG).
  public var classToken = ClassToken()
  /// The distance from other items' velocities (contrastive flow matching).
  public var contrastive = Contrastive()
  /// Which tokens are computed while training.
  public var routing = Routing()
  /// How weights move.
  public var optimizer = Optimizer()
  /// How long, on what, in which numbers.
  public var training = Training()
  /// When something is done besides training.
  public var schedule = Schedule()
  /// The sample grids drawn during training.
  public var preview = Preview()
  /// The scores measured during training.
  public var evaluation = EvaluationSettings()

  /// Every default.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case model, data, objective, teacher, alignment
    case classToken = "class_token"
    case contrastive, routing, optimizer, training, schedule, preview, evaluation
  }

  /// What keys accept besides their types.
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
