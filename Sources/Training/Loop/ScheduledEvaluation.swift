import Recipes
import Telemetry

/// What is done with the averaged weights during training.
enum ScheduledEvaluation {
  /// The loss of the held-out part.
  case heldOutLoss
  /// A grid of samples.
  case preview
  /// Pictures that are drawn and scored.
  case scores

  /// The kind of its lines in the log.
  var logged: MetricRecord.Kind {
    switch self {
    case .heldOutLoss: .validation
    case .preview: .samples
    case .scores: .score
    }
  }

  /// What a recipe asks for after the step that ended at `images` images.
  static func due(after images: Int, in recipe: Recipe) -> Set<ScheduledEvaluation> {
    let schedule = recipe.schedule
    let atEnd = images >= recipe.training.images
    func isDue(_ interval: Int) -> Bool {
      images > 0 && recipe.isDue(every: interval, after: images, atEnd: atEnd)
    }
    var due: Set<ScheduledEvaluation> = []
    if recipe.data.validationCount > 0, isDue(schedule.validateEveryImages) {
      due.insert(.heldOutLoss)
    }
    if isDue(schedule.previewEveryImages) { due.insert(.preview) }
    if isDue(schedule.evaluateEveryImages) { due.insert(.scores) }
    return due
  }
}

extension Recipe {
  /// Whether the step that ended at `images` images passed a multiple of `interval` images.
  func isDue(every interval: Int, after images: Int, atEnd: Bool) -> Bool {
    guard interval > 0 else { return false }
    let before = images - training.globalBatchSize
    return atEnd || images / interval > max(before, 0) / interval
  }
}
