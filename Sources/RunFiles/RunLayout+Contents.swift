import Diagnostics
import FileAccess
import Foundation

/// What a run folder contains.
extension RunLayout {
  /// The name of the run, for display: the name of its folder.
  public var name: String { url.lastPathComponent }

  /// Whether a run has been started in the folder.
  public var hasRun: Bool { FileManager.default.fileExists(atPath: recipe.path) }

  /// The names in a folder, in no particular order; empty if the folder does not exist.
  package static func names(in folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// Whether a file of this name belongs to a run. `.log` files, such as a redirected output, may lie
  /// beside it.
  package func isOurs(_ name: String) -> Bool {
    [
      recipe, environment, data, recordHashes, metrics, checkpoints, averages, samples, scores,
      pictures, report, speed, failure,
    ].contains { $0.lastPathComponent == name } || name.hasSuffix(".log")
      || ["events.out.tfevents.", "race-scores-", "metrics-until-"].contains(where: name.hasPrefix)
  }

  /// Keeps other processes from training in this folder as long as the lock exists.
  ///
  /// - Throws: ``PeregrineError`` `.busy` if another process trains in the folder, `.io` if the
  ///   folder cannot be written.
  package func lock() throws -> FolderLock {
    try FolderLock(lockFile, doing: "training in the run folder `\(url.path)`")
  }

  /// Deletes what interrupted programs left behind. Only the owner of the lock may call it.
  package func sweep() {
    let inner = [checkpoints, averages].flatMap { folder in
      Self.names(in: folder).filter { Int($0) != nil }.map(folder.appendingPathComponent(_:))
    }
    for folder in [url, checkpoints, averages, samples] + inner { Removal.sweep(folder) }
  }

  // MARK: Records

  private var hashedRecords: [(name: String, url: URL)] {
    [recipe, data].map { ($0.lastPathComponent, $0) }
  }

  /// Writes the records of recipe and data with their hashes.
  ///
  /// - Parameter write: writes both files.
  package func writeRecords(_ write: () throws -> Void) throws {
    // Without hashes nothing is compared; so a process that is killed in between does no harm.
    try Removal.remove(recordHashes)
    try write()
    try FileManifest(of: hashedRecords).write(to: url, name: recordHashes.lastPathComponent)
  }

  /// Checks that the records of recipe and data are as they were written. Those of earlier versions
  /// have no hashes and are accepted.
  ///
  /// - Throws: ``PeregrineError`` `.badData` naming the file.
  package func checkRecords() throws {
    guard FileManager.default.fileExists(atPath: recordHashes.path) else { return }
    do {
      let manifest = try FileManifest(in: url, name: recordHashes.lastPathComponent)
      for (name, url) in hashedRecords {
        try manifest.check(name, at: url, sha256: sha256(ofFile: url))
      }
    } catch let error as PeregrineError {
      throw error.advising(
        "Restore the file. If you changed it yourself, delete `\(recordHashes.path)`.")
    }
  }

  // MARK: Checkpoints

  /// The checkpoints, finished or not, oldest first.
  package var checkpointFolders: [Checkpoint] {
    Self.names(in: checkpoints).compactMap { name in
      Self.images(ofName: name).map {
        Checkpoint(url: checkpoints.appendingPathComponent(name), images: $0)
      }
    }.sorted { $0.images < $1.images }
  }

  /// The finished checkpoints, oldest first. Their files have the right sizes; their contents are
  /// not compared.
  public func finishedCheckpoints() -> [Checkpoint] { checkpointFolders.filter(\.isFinished) }

  /// The finished checkpoint at `images` images, by default the newest.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` listing the existing checkpoints.
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
      advice: all.isEmpty
        ? "Train first: `peregrine train RECIPE --out \(ShellCommand.quoted(path: url.path))`." : ""
    )
  }

  /// The averaged weights at `images` images, by default the newest, and their SHA-256.
  ///
  /// - Parameter passOver: called for each damaged checkpoint that is newer than the returned one;
  ///   without it, or if `images` is given, damage is an error.
  /// - Throws: ``PeregrineError`` `.badData` naming the damaged file, or as
  ///   ``checkpoint(atImages:)``.
  package func averagedWeights(
    atImages images: Int?, passOver: ((PeregrineError) -> Void)?
  ) throws -> (checkpoint: Checkpoint, sha256: String) {
    let candidates = checkpointFolders.filter { images == nil || $0.images == images }
    var damages: [PeregrineError] = []
    for checkpoint in candidates.reversed() {
      do {
        let hash = try checkpoint.checkedHash(of: .average)
        for damage in damages {
          passOver?(
            damage.advising("The checkpoint at \(checkpoint.images) images is used instead."))
        }
        return (checkpoint, hash)
      } catch let error as PeregrineError {
        damages.append(error)
        if passOver == nil { break }
      }
    }
    guard let damage = damages.first else {
      let checkpoint = try checkpoint(atImages: images)
      return (checkpoint, try checkpoint.checkedHash(of: .average))
    }
    let tried = Set(candidates.suffix(damages.count).map(\.images))
    let others = checkpointFolders.filter { !tried.contains($0.images) }
    throw damage.advising(
      others.isEmpty
        ? "Restore it from a copy."
        : "Restore it from a copy, or use another checkpoint: "
          + "\(others.map { "\($0.images)" }.joined(separator: ", ")) images.")
  }

  /// Finds the newest checkpoint whose files are as they were written, and sets newer ones aside as
  /// `checkpoints/damaged-IMAGES`.
  ///
  /// - Parameter passOver: called with the damage of each checkpoint that is set aside.
  /// - Returns: `nil` if there are no checkpoints at all.
  /// - Throws: ``PeregrineError`` `.badData` if there are checkpoints, but none can be used.
  package func resumableCheckpoint(passOver: (PeregrineError) -> Void) throws -> Checkpoint? {
    var damages: [(checkpoint: Checkpoint, error: PeregrineError)] = []
    for checkpoint in checkpointFolders.reversed() {
      do {
        try checkpoint.check(contentsOf: Checkpoint.Part.allCases)
        for damage in damages {
          let aside = try damage.checkpoint.setAside()
          passOver(
            damage.error.advising(
              "The checkpoint was set aside as `\(aside.path)`; training goes on from "
                + "\(checkpoint.images) images."))
        }
        return checkpoint
      } catch let error as PeregrineError {
        damages.append((checkpoint, error))
      }
    }
    guard let newest = damages.first else { return nil }
    throw PeregrineError(
      .badData, doing: "resuming the run `\(url.path)`",
      found: "no checkpoint that can be used, out of \(damages.count)",
      expected: "one whose files are as they were written",
      advice: "Restore `\(checkpoints.path)` from a copy, choose another `--out`, or remove that "
        + "folder to train from the start.", cause: newest.error)
  }
}

extension PeregrineError {
  /// The same error with other advice.
  package func advising(_ advice: String) -> PeregrineError {
    PeregrineError(
      code, doing: doing, found: found, expected: expected, advice: advice, cause: cause)
  }
}
