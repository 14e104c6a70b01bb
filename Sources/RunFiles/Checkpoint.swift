import Diagnostics
import FileAccess
import Foundation

/// A checkpoint of a run: `model.safetensors`, `ema.safetensors`, `state/` and the marker `DONE`.
///
/// A checkpoint is written under a temporary name and renamed when it is complete, so an existing
/// checkpoint is complete. The marker lists every file with its size and its hash, so a file that
/// was truncated, damaged or exchanged later is noticed when it is used.
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
  package static let marker = FileManifest.name

  /// Names a checkpoint that may or may not exist.
  package init(url: URL, images: Int) { (self.url, self.images) = (url, images) }

  /// The raw weights, without averaging.
  public var model: URL { file(.model) }
  /// The averaged weights, which are used for sampling.
  public var ema: URL { file(.average) }

  /// The file of a part.
  package func file(_ part: Part) -> URL { url.appendingPathComponent(part.rawValue) }

  // MARK: Checks

  /// Whether the marker exists and every file has the size that it lists.
  var isFinished: Bool { (try? check()) != nil }

  /// Checks the marker and the sizes of all files, and the contents of some.
  ///
  /// - Parameter parts: the parts whose contents are compared with their hashes.
  /// - Throws: ``PeregrineError`` `.badData` naming the damaged file.
  package func check(contentsOf parts: [Part] = []) throws {
    let manifest = try FileManifest(in: url)
    let stored = Part.allCases.filter { !$0.isOptional || manifest.lists($0.name) }
    for part in stored { try manifest.check(part.name, at: file(part)) }
    for part in stored where parts.contains(part) {
      try manifest.check(part.name, at: file(part), sha256: sha256(ofFile: file(part)))
    }
  }

  /// The SHA-256 of a part, after a check of the marker, all sizes and this part's contents.
  ///
  /// - Throws: ``PeregrineError`` `.badData` naming the damaged file.
  package func checkedHash(of part: Part) throws -> String {
    try check()
    let hash = try sha256(ofFile: file(part))
    try FileManifest(in: url).check(part.name, at: file(part), sha256: hash)
    return hash
  }

  // MARK: Writing

  /// Writes a checkpoint atomically.
  ///
  /// - Parameter parts: the parts, each with a function that writes its file.
  package static func write(
    images: Int, to folder: URL, _ parts: [(part: Part, write: (URL) throws -> Void)]
  ) throws -> Checkpoint {
    let final = folder.appendingPathComponent(RunLayout.name(ofImages: images))
    let partial = folder.appendingPathComponent(
      AtomicFile.draftPrefix + final.lastPathComponent)
    let draft = Checkpoint(url: partial, images: images)
    try? FileManager.default.removeItem(at: partial)
    do {
      for (part, write) in parts { try write(draft.file(part)) }
      try FileManifest(of: parts.map { ($0.part.name, draft.file($0.part)) }).write(to: partial)
      // There is one of that name only if it was found damaged.
      try Removal.remove(final)
      guard rename(partial.path, final.path) == 0 else {
        throw SystemCallFailure().error(doing: "writing the checkpoint `\(final.path)`", at: final)
      }
      AtomicFile.synchronizeFolder(folder)
    } catch {
      try? FileManager.default.removeItem(at: partial)
      throw error
    }
    return Checkpoint(url: final, images: images)
  }

  // MARK: Removing

  /// A file that protects a checkpoint from being removed: pictures were drawn from it, whose records
  /// name it.
  private var keeper: URL { url.appendingPathComponent("KEEP") }

  /// Whether the checkpoint is kept as long as the run.
  package var isKept: Bool { FileManager.default.fileExists(atPath: keeper.path) }

  /// Keeps the checkpoint as long as the run. In a folder that cannot be written this does nothing.
  public func keep() {
    if !isKept { try? Data().write(to: keeper) }
  }

  /// Removes all but the newest checkpoints, those at multiples of `keepEvery` images, and those
  /// that pictures were drawn from.
  ///
  /// - Throws: ``PeregrineError`` `.io` when a checkpoint cannot be removed.
  package static func prune(_ checkpoints: [Checkpoint], keeping count: Int, keepEvery: Int) throws
  {
    for checkpoint in checkpoints.dropLast(count)
    where (keepEvery == 0 || checkpoint.images % keepEvery != 0) && !checkpoint.isKept {
      try Removal.remove(checkpoint.url)
    }
  }

  /// Renames a damaged checkpoint to `damaged-IMAGES`, so that it no longer counts and nothing is
  /// lost.
  ///
  /// - Returns: the new place.
  func setAside() throws -> URL {
    let aside = url.deletingLastPathComponent()
      .appendingPathComponent("damaged-" + url.lastPathComponent)
    try Removal.remove(aside)
    guard rename(url.path, aside.path) == 0 else {
      throw SystemCallFailure().error(doing: "setting `\(url.path)` aside", at: url)
    }
    return aside
  }
}
