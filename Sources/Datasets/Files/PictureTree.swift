import Diagnostics
import Foundation

/// Finds files below a folder.
enum PictureTree {
  /// Paths of all files below `folder` with one of the extensions, relative to it and sorted.
  ///
  /// Hidden files are left out; extensions match in upper and lower case.
  ///
  /// - Throws: `.missingInput` when there is no such folder.
  static func files(
    below folder: URL, extensions: Set<String> = ["png", "jpg", "jpeg"]
  ) throws -> [String] {
    try entries(below: folder) { path, isFolder in
      !isFolder && extensions.contains(URL(fileURLWithPath: path).pathExtension.lowercased())
    }
  }

  /// Names of the folders directly inside `folder`, sorted; hidden ones are left out.
  static func folders(in folder: URL) throws -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let names else { throw missing(folder) }
    return names.filter { !$0.hasPrefix(".") && isFolder(folder.appendingPathComponent($0)) }
      .sorted()
  }

  /// Whether there is a folder at `url`.
  static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func entries(
    below folder: URL, where isWanted: (String, Bool) -> Bool
  ) throws -> [String] {
    // The enumerator does not follow links, but the folder itself may be one.
    let folder = folder.resolvingSymlinksInPath()
    guard isFolder(folder), let paths = FileManager.default.enumerator(atPath: folder.path) else {
      throw missing(folder)
    }
    var found: [String] = []
    for case let path as String in paths
    where !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
      let isFolder = paths.fileAttributes?[.type] as? FileAttributeType == .typeDirectory
      if isWanted(path, isFolder) { found.append(path) }
    }
    return found.sorted()
  }

  private static func missing(_ folder: URL) -> PeregrineError {
    PeregrineError(
      .missingInput, doing: "listing the folder `\(folder.path)`", found: "no such folder",
      advice: "Check the path.")
  }
}
