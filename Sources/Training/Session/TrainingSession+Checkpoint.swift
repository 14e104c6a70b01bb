import Foundation
import Nets
import RunFiles
import Runs

extension TrainingSession {
  /// Writes the session's state.
  func save(to folder: URL) throws -> Checkpoint {
    var parts: [(part: Checkpoint.Part, state: NamedTensors)] = [
      (.model, model.state), (.average, average.state), (.optimizer, optimizer.state),
    ]
    if !powerAverages.isEmpty { parts.append((.powerAverages, powerAverages.state)) }
    return try .write(parts, progress: progress, images: progress.images, to: folder)
  }

  /// Restores a saved state.
  func restore(_ checkpoint: Checkpoint) throws {
    try model.load(SafetensorsFile(checkpoint.model).tensors(), from: checkpoint.model.path)
    try checkpoint.fill(average.state, from: .average)
    try checkpoint.fill(optimizer.state, from: .optimizer)
    if !powerAverages.isEmpty { try checkpoint.fill(powerAverages.state, from: .powerAverages) }
    progress = try checkpoint.progress(as: TrainingProgress.self)
  }
}
