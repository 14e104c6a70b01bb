import DiffusionMath
import Models
import Tensors

/// One training method: named loss terms over one forward pass of a backbone.
///
/// Objectives own no loop and no state; everything random comes from ``TrainingBatch/draws``.
public protocol Objective {
  /// The loss of a batch.
  ///
  /// - Parameter routing: the token routing of this run, if any.
  func evaluate(
    _ batch: TrainingBatch, backbone: any Backbone, routing: (any TokenRouting)?
  ) throws -> ObjectiveValue
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

  /// A batch; the three lists have one entry per row of `clean`.
  public init(clean: Tensor, labels: [Int], imageNumbers: [Int], draws: Draws) {
    precondition(
      clean.shape[0] == labels.count && labels.count == imageNumbers.count,
      "A batch of \(clean.shape[0]) items has \(labels.count) labels and \(imageNumbers.count) numbers."
    )
    self.clean = clean
    self.labels = labels
    self.imageNumbers = imageNumbers
    self.draws = draws
  }

  /// The labels, each replaced by the null label with the given probability where draws drop labels.
  func labels(dropping probability: Double, nullLabel: Int) -> [Int] {
    zip(labels, draws.streams("label-drop", imageNumbers)).map { label, stream in
      var stream = stream
      let dropped = draws.dropsLabels && stream.uniform() < probability
      return dropped ? nullLabel : label
    }
  }

  /// A fresh route for these items, if there is a routing.
  func route(_ routing: (any TokenRouting)?, tokens: Int) throws -> (any TokenRoute)? {
    try routing?.route(streams: draws.streams("route", imageNumbers), tokens: tokens)
  }
}

/// The random streams of one scope: training, or a validation that draws the same every time.
public struct Draws: Sendable {
  private let seed: UInt64
  private let scope: String
  /// Whether labels are dropped: in training, not in validation.
  public let dropsLabels: Bool

  /// The streams of training: a pure function of the seed and the image number.
  public static func training(seed: UInt64) -> Draws {
    Draws(seed: seed, scope: "training", dropsLabels: true)
  }

  /// The streams of validation: the same noise and times whenever it is run.
  public static func validation(seed: UInt64) -> Draws {
    Draws(seed: seed, scope: "validation", dropsLabels: false)
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
