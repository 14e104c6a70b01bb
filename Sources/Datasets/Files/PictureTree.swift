import FileAccess
import Foundation

/// Finds files below a folder by their extensions; see ``FileTree`` for the order and what is left
/// out.
enum PictureTree {
  /// Paths of all files below `folder` with one of the extensions, in upper or lower case, relative
  /// to it and sorted.
  ///
  /// - Throws: as ``FileTree``.
  static func files(below folder: URL, extensions: Set<String>) throws -> [FilePath] {
    try FileTree(FilePath(folder)).files.map(\.path)
      .filter { extensions.contains($0.fileExtension) }
  }

  /// Whether there is a folder at `url`.
  static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
