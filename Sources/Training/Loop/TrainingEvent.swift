import Diagnostics
import Evaluation
import Foundation
import RunFiles
import Telemetry

/// An event during training.
public enum TrainingEvent {
  /// Training is about to begin.
  case started(TrainingStart)
  /// It is known how long the run will take; reported once, at the first steps.
  case paced(RemainingTime)
  /// A step was taken; this many images have been seen.
  case stepped(images: Int)
  /// A record was logged: a training or validation loss, a score or a sample grid.
  case logged(MetricRecord)
  /// A sample grid was drawn and written to the file.
  case drew(URL)
  /// Progress of an evaluation: its stage, and the number of pictures done and in total.
  case evaluating(Evaluator.Stage, done: Int, total: Int)
  /// Pictures were scored; the folder contains them.
  case scored(EvaluationResult, URL)
  /// A checkpoint was saved.
  case saved(Checkpoint)
  /// A problem that does not stop the run, such as a log that cannot be written.
  case warned(PeregrineError)
}
