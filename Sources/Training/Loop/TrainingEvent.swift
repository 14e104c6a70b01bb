import Diagnostics
import Evaluation
import Foundation
import RunFiles
import Telemetry

/// What a training run tells while it goes on.
public enum TrainingEvent {
  /// Everything is ready.
  case started(TrainingStart)
  /// A line of the log: training or validation loss.
  case logged(MetricRecord)
  /// A sample grid was drawn.
  case drew(URL)
  /// An evaluation goes on: stage, pictures done and in all.
  case evaluating(Evaluator.Stage, done: Int, total: Int)
  /// Pictures were scored; they lie in the folder.
  case scored(EvaluationResult, URL)
  /// A checkpoint is on the disk.
  case saved(Checkpoint)
  /// Something that does not stop the run, such as a log that cannot be written.
  case warned(PeregrineError)
}
