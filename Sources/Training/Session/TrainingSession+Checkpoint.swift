import Diagnostics
import Foundation
import Nets
import RunFiles
import Runs

extension TrainingSession {
  /// The tensors of a checkpoint.
  private var parts: [(part: Checkpoint.Part, state: NamedTensors)] {
    let parts: [(part: Checkpoint.Part, state: NamedTensors)] = [
      (.model, model.state), (.average, average.state), (.optimizer, optimizer.state),
    ]
    return powerAverages.isEmpty ? parts : parts + [(.powerAverages, powerAverages.state)]
  }

  /// The size of a checkpoint, without headers.
  var checkpointBytes: Int {
    parts.flatMap(\.state).reduce(0) { $0 + $1.tensor.count * $1.tensor.dtype.byteCount }
  }

  /// Writes the session's state.
  func save(to folder: URL) throws -> Checkpoint {
    try .write(parts, progress: progress, images: progress.images, to: folder)
  }

  /// Restores a saved state.
  func restore(_ checkpoint: Checkpoint) throws {
    try model.load(SafetensorsFile(checkpoint.model).tensors(), from: checkpoint.model.path)
    try checkpoint.fill(average.state, from: .average)
    try checkpoint.fill(optimizer.state, from: .optimizer)
    if !powerAverages.isEmpty { try checkpoint.fill(powerAverages.state, from: .powerAverages) }
    progress = try checkpoint.progress(as: TrainingProgress.self)
    guard progress.images == checkpoint.images else {
      throw PeregrineError(
        .badData, doing: "reading the progress of `\(checkpoint.url.path)`",
        found: "\(progress.images) images", expected: "\(checkpoint.images), as its name says",
        advice: "Rename the folder back; each checkpoint is named by the images it has seen.")
    }
  }
}
