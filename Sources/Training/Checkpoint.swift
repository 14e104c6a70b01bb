import Diagnostics
import FileAccess
import Foundation
import Nets
import Telemetry
import Tensors

/// A saved state of a run: `model.safetensors`, `ema.safetensors`, `state/` and the marker `DONE`.
///
/// A checkpoint is written under a temporary name and renamed when complete, so one that exists is
/// whole. The marker lists every file with its size; what was cut off later is noticed.
public struct Checkpoint: Sendable {
  /// The folder.
  public let url: URL
  /// The images seen when it was written.
  public let images: Int

  /// The weights as trained.
  public var model: URL { url.appendingPathComponent("model.safetensors") }
  /// The averaged weights, which samples are drawn from.
  public var ema: URL { url.appendingPathComponent("ema.safetensors") }
  private var optimizer: URL { url.appendingPathComponent("state/optimizer.safetensors") }
  private var progress: URL { url.appendingPathComponent("state/progress.json") }
  private var marker: URL { url.appendingPathComponent("DONE") }
  /// The power-function averages; only of runs that keep some.
  private var averages: URL { url.appendingPathComponent("state/averages.safetensors") }
  private var files: [URL] { [model, ema, optimizer, progress] }

  /// Whether the marker is there and every file has the size it lists.
  var isFinished: Bool {
    guard let data = try? Data(contentsOf: marker),
      let sizes = try? JSONDecoder().decode([String: Int].self, from: data)
    else { return false }
    let expected = files + (sizes[averages.lastPathComponent] == nil ? [] : [averages])
    return expected.allSatisfy { sizes[$0.lastPathComponent] == Self.size(of: $0) }
  }

  /// Writes a session's state.
  static func write(_ session: TrainingSession, to folder: URL) throws -> Checkpoint {
    let images = session.progress.images
    let final = folder.appendingPathComponent(String(format: "%010d", images))
    let partial = folder.appendingPathComponent(".partial-\(final.lastPathComponent)")
    let draft = Checkpoint(url: partial, images: images)
    try? FileManager.default.removeItem(at: partial)
    do {
      try SafetensorsFile.write(session.model.state, to: draft.model)
      try SafetensorsFile.write(session.average.state, to: draft.ema)
      try SafetensorsFile.write(session.optimizer.state, to: draft.optimizer)
      try AtomicFile.write(JSONEncoder().encode(session.progress), to: draft.progress)
      let averages = session.powerAverages.state
      if !averages.isEmpty { try SafetensorsFile.write(averages, to: draft.averages) }
      let files = draft.files + (averages.isEmpty ? [] : [draft.averages])
      let sizes = files.map { ($0.lastPathComponent, size(of: $0)) }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      try AtomicFile.write(
        encoder.encode(Dictionary(uniqueKeysWithValues: sizes)), to: draft.marker)
      try? FileManager.default.removeItem(at: final)
      try FileManager.default.moveItem(at: partial, to: final)
      AtomicFile.synchronizeFolder(folder)
    } catch {
      try? FileManager.default.removeItem(at: partial)
      throw error
    }
    return Checkpoint(url: final, images: images)
  }

  /// Brings a session to this state.
  func restore(_ session: TrainingSession) throws {
    try session.model.load(SafetensorsFile(model).tensors(), from: model.path)
    try Self.fill(session.average.state, from: ema)
    try Self.fill(session.optimizer.state, from: optimizer)
    let averages = session.powerAverages.state
    if !averages.isEmpty { try Self.fill(averages, from: self.averages) }
    do {
      session.progress = try JSONDecoder().decode(
        TrainingProgress.self, from: Data(contentsOf: progress))
    } catch {
      throw PeregrineError(
        .badData, doing: "reading `\(progress.path)`", found: "a damaged file",
        advice: "Delete the folder `\(url.path)`; training goes on from the checkpoint before.",
        cause: error)
    }
  }

  /// Removes all but the newest checkpoints and those at multiples of `keepEvery` images.
  static func prune(_ checkpoints: [Checkpoint], keeping count: Int, keepEvery: Int) {
    for checkpoint in checkpoints.dropLast(count)
    where keepEvery == 0 || checkpoint.images % keepEvery != 0 {
      try? FileManager.default.removeItem(at: checkpoint.url)
    }
  }

  private static func fill(_ state: [(name: String, tensor: Tensor)], from url: URL) throws {
    let file = try SafetensorsFile(url)
    for (name, tensor) in state { try tensor.copy(from: file.tensor(name)) }
  }

  private static func size(of url: URL) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? -1
  }
}
