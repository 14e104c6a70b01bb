import Foundation

/// Folders that are renamed before they are deleted, so that a folder under its own name is always
/// complete, even if the program is killed in between.
package enum Removal {
  private static let prefix = ".removed-"

  /// Removes a folder with its contents; one that does not exist is fine.
  ///
  /// - Throws: `.io` when the folder cannot be renamed. It is then untouched.
  package static func remove(_ folder: URL) throws {
    let parent = folder.deletingLastPathComponent()
    let doomed = parent.appendingPathComponent(prefix + folder.lastPathComponent)
    try? FileManager.default.removeItem(at: doomed)
    guard rename(folder.path, doomed.path) == 0 else {
      let failure = SystemCallFailure()
      if failure.number == ENOENT { return }
      throw failure.error(doing: "removing `\(folder.path)`", at: folder)
    }
    // What cannot be deleted now is deleted by the next sweep.
    try? FileManager.default.removeItem(at: doomed)
  }

  /// Deletes what interrupted programs left in a folder: half-removed and half-written folders, and
  /// the temporary files of ``AtomicFile``.
  package static func sweep(_ folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names
    where name.hasPrefix(prefix) || name.hasPrefix(AtomicFile.draftPrefix)
      || AtomicFile.isAbandoned(name)
    {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }
}
