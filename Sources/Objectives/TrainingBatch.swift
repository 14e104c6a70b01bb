import Diagnostics
import DiffusionMath
import Models
import Samples
import Tensors

/// What one evaluation of an objective reads.
public struct TrainingBatch {
  /// Clean data `[batch] + itemShape`, float32 or wider.
  public let clean: Tensor
  /// What each item is, as the model is to be told.
  public let conditions: [Condition]
  /// Which image of the whole run each item is; keys all randomness.
  public let imageNumbers: [Int]
  /// Where random numbers come from.
  public let draws: Draws
  /// The first image of the optimizer step that these are a part of; keys what is drawn once per step.
  public var firstImageOfStep: Int
  /// A teacher's tokens `[batch, 1 + places, width]`, the class token first.
  public var teacher: Tensor?
  /// Another item for each row: its data and its image number.
  public var neighbours: (clean: Tensor, imageNumbers: [Int])?

  /// A batch that is a whole step; the lists have one entry per row of `clean`.
  public init(clean: Tensor, conditions: [Condition], imageNumbers: [Int], draws: Draws) {
    precondition(
      clean.shape[0] == conditions.count && conditions.count == imageNumbers.count,
      "\(clean.shape[0]) items, \(conditions.count) conditions and \(imageNumbers.count) numbers.")
    self.clean = clean
    self.conditions = conditions
    self.imageNumbers = imageNumbers
    self.draws = draws
    firstImageOfStep = imageNumbers.first ?? 0
  }

  /// The data as the backbone takes it: with the teacher's class token where it has one.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a backbone with a class token and no teacher, or one of
  ///   another width.
  func state(for backbone: any Backbone) throws -> DiffusionState {
    guard let width = backbone.classTokenWidth else { return DiffusionState(clean) }
    guard let teacher, teacher.shape[2] == width else {
      throw PeregrineError(
        .usage, doing: "training a class token of width \(width)",
        found: teacher.map { "a teacher of width \($0.shape[2])" } ?? "no teacher",
        expected: "the teacher that the model was built for")
    }
    let token = try teacher.sliced(1, 0..<1).squeezed(1).to(clean.dtype)
    return DiffusionState(clean, classToken: token)
  }

  /// The conditions, each replaced by nothing with the given probability in training, for guidance.
  func conditions(dropping probability: Double) -> [Condition] {
    zip(conditions, draws.streams("label-drop", imageNumbers)).map { condition, stream in
      var stream = stream
      let isDropped = draws.isTraining && stream.uniform() < probability
      return isDropped ? condition.dropping(.all) : condition
    }
  }

  /// A fresh route for these items, if there is a routing.
  func route(_ routing: (any TokenRouting)?, tokens: Int) throws -> (any TokenRoute)? {
    try routing?.route(
      streams: draws.streams("route", imageNumbers),
      batch: draws.streams("route-of-step", [firstImageOfStep])[0], tokens: tokens)
  }
}
