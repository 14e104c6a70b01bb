import FileAccess
import Foundation

/// A checkpoint of a run: `model.safetensors`, `ema.safetensors`, `state/` and the marker `DONE`.
///
/// A checkpoint is written under a temporary name and renamed when it is complete, so an existing
/// checkpoint is complete. The marker lists every file with its size, so a file that was truncated
/// later is noticed.
public struct Checkpoint: Sendable {
  /// The folder.
  public let url: URL
  /// The number of images seen when it was written.
  public let images: Int

  /// A file of a checkpoint.
  package enum Part: String, CaseIterable, Sendable {
    /// The raw weights, without averaging.
    case model = "model.safetensors"
    /// The averaged weights.
    case average = "ema.safetensors"
    /// The optimizer's moments.
    case optimizer = "state/optimizer.safetensors"
    /// The progress of the run.
    case progress = "state/progress.json"
    /// The power-function averages, only in runs that keep some.
    case powerAverages = "state/averages.safetensors"

    /// The key in the marker.
    fileprivate var name: String { URL(fileURLWithPath: rawValue).lastPathComponent }
    fileprivate var isOptional: Bool { self == .powerAverages }
  }

  /// The name of the marker, which is written last.
  package static let marker = "DONE"

  /// Names a checkpoint that may or may not exist.
  package init(url: URL, images: Int) { (self.url, self.images) = (url, images) }

  /// The raw weights, without averaging.
  public var model: URL { file(.model) }
  /// The averaged weights, which are used for sampling.
  public var ema: URL { file(.average) }

  /// The file of a part.
  package func file(_ part: Part) -> URL { url.appendingPathComponent(part.rawValue) }

  private var marker: URL { url.appendingPathComponent(Self.marker) }

  /// Whether the marker exists and every file has the size that it lists.
  var isFinished: Bool {
    guard let data = try? Data(contentsOf: marker),
      let sizes = try? JSONDecoder().decode([String: Int].self, from: data)
    else { return false }
    return Part.allCases.filter { !$0.isOptional || sizes[$0.name] != nil }
      .allSatisfy { sizes[$0.name] == Self.size(of: file($0)) }
  }

  /// Writes a checkpoint atomically.
  ///
  /// - Parameter parts: the parts, each with a function that writes its file.
  package static func write(
    images: Int, to folder: URL, _ parts: [(part: Part, write: (URL) throws -> Void)]
  ) throws -> Checkpoint {
    let final = folder.appendingPathComponent(RunLayout.name(ofImages: images))
    let partial = folder.appendingPathComponent(".partial-\(final.lastPathComponent)")
    let draft = Checkpoint(url: partial, images: images)
    try? FileManager.default.removeItem(at: partial)
    do {
      for (part, write) in parts { try write(draft.file(part)) }
      let sizes = parts.map { ($0.part.name, size(of: draft.file($0.part))) }
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

  /// Removes all but the newest checkpoints and those at multiples of `keepEvery` images.
  package static func prune(_ checkpoints: [Checkpoint], keeping count: Int, keepEvery: Int) {
    for checkpoint in checkpoints.dropLast(count)
    where keepEvery == 0 || checkpoint.images % keepEvery != 0 {
      try? FileManager.default.removeItem(at: checkpoint.url)
    }
  }

  private static func size(of url: URL) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? -1
  }
}
