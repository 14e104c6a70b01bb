import Diagnostics
import Foundation

/// The folder of one training run, and where everything in it lies.
public struct RunFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Names a folder that may or may not exist.
  public init(_ url: URL) { self.url = url }

  /// The resolved recipe, each value with its origin.
  public var recipe: URL { url.appendingPathComponent("recipe.yaml") }
  /// Machine, libraries and sources.
  public var environment: URL { url.appendingPathComponent("environment.json") }
  /// What the data was, and how latents become pictures.
  public var data: URL { url.appendingPathComponent("data.json") }
  /// One line per logged event.
  public var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
  /// The checkpoints, by images seen.
  public var checkpoints: URL { url.appendingPathComponent("checkpoints") }
  /// The sample grids, by images seen.
  public var samples: URL { url.appendingPathComponent("samples") }
  /// The sets of pictures that were scored, with their scores.
  public var scores: URL { url.appendingPathComponent("scores") }
  /// The page that shows it all.
  public var report: URL { url.appendingPathComponent("report.html") }

  /// The name of a run, for people: its folder's.
  public var name: String { url.lastPathComponent }

  /// Whether a run has been started here.
  public var hasRun: Bool { FileManager.default.fileExists(atPath: recipe.path) }

  /// The finished checkpoints, oldest first.
  public func finishedCheckpoints() -> [Checkpoint] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []
    return names.compactMap { name in
      guard let images = Int(name) else { return nil }
      let checkpoint = Checkpoint(url: checkpoints.appendingPathComponent(name), images: images)
      return checkpoint.isFinished ? checkpoint : nil
    }.sorted { $0.images < $1.images }
  }

  /// The newest finished checkpoint, or the one of a given number of images.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` listing what there is.
  public func checkpoint(atImages images: Int? = nil) throws -> Checkpoint {
    let all = finishedCheckpoints()
    if let found = images.map({ images in all.last { $0.images == images } }) ?? all.last {
      return found
    }
    throw PeregrineError(
      .missingInput, doing: "looking for a checkpoint in `\(url.path)`",
      found: all.isEmpty
        ? "none" : "those at \(all.map { "\($0.images)" }.joined(separator: ", ")) images",
      expected: images.map { "one at \($0) images" } ?? "at least one",
      advice: all.isEmpty ? "Train first: `peregrine train RECIPE --out \(url.path)`." : "")
  }

  /// Keeps other processes from training in this folder while the lock is alive.
  ///
  /// - Throws: ``PeregrineError`` `.busy` when another process trains here.
  func lock() throws -> RunLock { try RunLock(url) }
}

/// An advisory lock on a run folder, released with the value.
final class RunLock {
  private let descriptor: Int32

  init(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw PeregrineError(
        .io, doing: "creating the run folder `\(folder.path)`", found: "a refusal of the system",
        advice: "Choose another `--out`.", cause: error)
    }
    descriptor = open(
      folder.appendingPathComponent(".lock").path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      throw PeregrineError(
        .busy, doing: "locking the run folder `\(folder.path)`", found: reason,
        expected: "a folder that no other process trains in",
        advice: "Wait for the other training to end, or choose another `--out`.")
    }
  }

  deinit { close(descriptor) }
}
