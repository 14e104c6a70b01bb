import Diagnostics
import DiffusionMath
import Models
import Samples
import Tensors

/// The input of an objective for one batch.
public struct TrainingBatch {
  /// Clean data `[batch] + itemShape`, float32 or wider.
  public let clean: Tensor
  /// The condition of each item.
  public let conditions: [Condition]
  /// The number of each item's image in the run; the key of all random numbers.
  public let imageNumbers: [Int]
  /// The source of random numbers.
  public let draws: Draws
  /// The first image number of the optimizer step that this batch belongs to; the key of what is
  /// drawn once per step.
  public var firstImageOfStep: Int
  /// The teacher's tokens `[batch, 1 + patches, width]`, the class token first.
  public var teacher: Tensor?
  /// Another item for each row, with its data and image number.
  public var neighbours: (clean: Tensor, imageNumbers: [Int])?

  /// Creates a batch that is a whole step. The lists have one entry per row of `clean`.
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

  /// The clean state for a backbone, with the teacher's class token if the backbone has one.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if the backbone has a class token and there is no
  ///   teacher, or one of another width.
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

  /// The conditions. In training each is dropped with the given probability, for classifier-free
  /// guidance.
  func conditions(dropping probability: Double) -> [Condition] {
    zip(conditions, draws.streams("label-drop", imageNumbers)).map { condition, stream in
      var stream = stream
      let isDropped = draws.isTraining && stream.uniform() < probability
      return isDropped ? condition.dropping(.all) : condition
    }
  }

  /// Draws the route of these items; `nil` without routing.
  func route(_ routing: (any TokenRouting)?, tokens: Int) throws -> (any TokenRoute)? {
    try routing?.route(
      streams: draws.streams("route", imageNumbers),
      batch: draws.streams("route-of-step", [firstImageOfStep])[0], tokens: tokens)
  }
}
