import Diagnostics
import DiffusionMath
import Models
import Tensors

/// One training method: named loss terms over one forward pass of a backbone.
///
/// Objectives own no loop and no state; everything random comes from ``TrainingBatch/draws``.
public protocol Objective {
  /// How many images in turn form a group whose items are compared with each other; `nil` when the
  /// method looks at each item by itself, 0 for the whole batch.
  var groupSize: Int? { get }

  /// The loss of a batch.
  ///
  /// - Parameter routing: the token routing of this run, if any.
  func evaluate(
    _ batch: TrainingBatch, backbone: any Backbone, routing: (any TokenRouting)?
  ) throws -> ObjectiveValue
}

extension Objective {
  /// Each item by itself.
  public var groupSize: Int? { nil }
}

/// What one evaluation of an objective reads.
public struct TrainingBatch {
  /// Clean data `[batch] + itemShape`, float32 or wider.
  public let clean: Tensor
  /// The class of each item.
  public let labels: [Int]
  /// Which image of the whole run each item is; keys all randomness.
  public let imageNumbers: [Int]
  /// Where random numbers come from.
  public let draws: Draws
  /// The first image of the optimizer step that these are a part of; keys what is drawn once per step.
  public var firstImageOfStep: Int
  /// A teacher's tokens `[batch, 1 + places, width]`, the class token first.
  public var teacher: Tensor?
  /// Another item of the group for each row: its data and its image number.
  public var others: (clean: Tensor, imageNumbers: [Int])?

  /// A batch that is a whole step; the three lists have one entry per row of `clean`.
  public init(clean: Tensor, labels: [Int], imageNumbers: [Int], draws: Draws) {
    precondition(
      clean.shape[0] == labels.count && labels.count == imageNumbers.count,
      "A batch of \(clean.shape[0]) items has \(labels.count) labels and \(imageNumbers.count) numbers."
    )
    self.clean = clean
    self.labels = labels
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

  /// The labels, each replaced by the null label with the given probability where draws drop labels.
  func labels(dropping probability: Double, nullLabel: Int) -> [Int] {
    zip(labels, draws.streams("label-drop", imageNumbers)).map { label, stream in
      var stream = stream
      let dropped = draws.isTraining && stream.uniform() < probability
      return dropped ? nullLabel : label
    }
  }

  /// A fresh route for these items, if there is a routing.
  func route(_ routing: (any TokenRouting)?, tokens: Int) throws -> (any TokenRoute)? {
    try routing?.route(
      streams: draws.streams("route", imageNumbers),
      batch: draws.streams("route-of-step", [firstImageOfStep])[0], tokens: tokens)
  }
}

/// The random streams of one scope: training, or a validation that draws the same every time.
public struct Draws: Sendable {
  private let seed: UInt64
  private let scope: String
  /// Whether this is training, where labels are dropped and all terms are in the loss.
  public let isTraining: Bool

  /// The streams of training: a pure function of the seed and the image number.
  public static func training(seed: UInt64) -> Draws {
    Draws(seed: seed, scope: "training", isTraining: true)
  }

  /// The streams of validation: the same noise and times whenever it is run.
  public static func validation(seed: UInt64) -> Draws {
    Draws(seed: seed, scope: "validation", isTraining: false)
  }

  /// One stream per image.
  public func streams(_ purpose: String, _ imageNumbers: [Int]) -> [RandomStream] {
    imageNumbers.map {
      RandomStream(seed: seed, purpose: "\(scope)/\(purpose)", index: UInt64($0))
    }
  }
}

/// What an objective computed for a batch.
public struct ObjectiveValue {
  /// The number to minimise, one element.
  public let total: Tensor
  /// The terms it is the weighted sum of, one element each, in a fixed order.
  public let terms: [(name: String, value: Tensor)]
  /// The main term per image, `[batch]`, for the loss per time bin.
  public let perImage: Tensor
  /// The time each image was noised to; 0 is data.
  public let times: [Double]

  /// Collects the parts.
  public init(
    total: Tensor, terms: [(name: String, value: Tensor)], perImage: Tensor, times: [Double]
  ) {
    self.total = total
    self.terms = terms
    self.perImage = perImage
    self.times = times
  }
}
