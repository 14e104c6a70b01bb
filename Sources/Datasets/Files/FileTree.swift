import Diagnostics
import FileAccess
import Foundation

/// The ordinary files below a folder, sorted by the bytes of their relative paths, which is Python's
/// order.
///
/// Links are followed. Names that start with a dot are left out (hidden files, and unfinished ones,
/// whose names look like `.a.png.12.partial`), and so are `__MACOSX` folders.
struct FileTree {
  /// One file.
  struct File: Sendable {
    /// The path relative to the folder.
    let path: FilePath
    /// Bytes.
    let size: Int
    /// The time of the last change, in nanoseconds since 1970.
    let modified: Int

    fileprivate init(_ path: FilePath, _ status: Status) {
      (self.path, size, modified) = (path, status.size, status.modified)
    }

    /// Looks at one file.
    ///
    /// - Throws: `.missingInput` when it does not exist.
    init(_ path: FilePath) throws {
      guard let status = FileTree.status(path), status.isFile else {
        throw PeregrineError(
          .missingInput, doing: "looking at `\(path.text)`", found: "no such file",
          advice: "Check the path.")
      }
      self.init(path, status)
    }
  }

  /// The files.
  private(set) var files: [File] = []
  /// Links that lead nowhere, and entries that are neither files nor folders.
  private(set) var others: [FilePath] = []
  private let root: FilePath
  private let isDeep: Bool

  private static let deepest = 64

  /// Lists a folder.
  ///
  /// - Parameter isDeep: whether to list the folders in it, too.
  /// - Throws: `.missingInput` when there is no such folder, `.io` for one that cannot be read,
  ///   `.badData` for a link that leads back to a folder above it.
  init(_ root: FilePath, isDeep: Bool = true) throws {
    self.root = root
    self.isDeep = isDeep
    guard let status = Self.status(root), status.isFolder else { throw Self.missing(root) }
    try add(FilePath([]), below: [status.identity])
    files.sort { $0.path < $1.path }
    others.sort()
  }

  /// The names of the folders directly inside a folder, sorted.
  static func folders(in root: FilePath) throws -> [FilePath] {
    guard status(root)?.isFolder == true else { throw missing(root) }
    return try names(in: root).filter { status(root.appending($0))?.isFolder == true }.sorted()
  }

  /// Adds what is in a folder; `ancestors` are the folder and all above it.
  private mutating func add(_ folder: FilePath, below ancestors: [Status.Identity]) throws {
    for name in try Self.names(in: root.appending(folder)) {
      let path = folder.appending(name)
      guard let status = Self.status(root.appending(path)) else {
        others.append(path)
        continue
      }
      if status.isFile {
        files.append(File(path, status))
      } else if status.isFolder, isDeep {
        guard !ancestors.contains(status.identity), ancestors.count < Self.deepest else {
          throw PeregrineError(
            .badData, doing: "listing the folder `\(root.text)`",
            found: "`\(path.text)`, "
              + (ancestors.count < Self.deepest
                ? "a link that leads back to a folder above it"
                : "below \(Self.deepest) folders"),
            expected: "folders that end somewhere", advice: "Remove the link.")
        }
        try add(path, below: ancestors + [status.identity])
      } else if !status.isFolder {
        others.append(path)
      }
    }
  }

  private static func names(in folder: FilePath) throws -> [FilePath] {
    guard let stream = folder.withSystemPath({ opendir($0) }) else {
      throw PeregrineError(
        .io, doing: "listing the folder `\(folder.text)`", found: SystemCallFailure().description,
        advice: "Check its permissions.")
    }
    defer { closedir(stream) }
    var names: [FilePath] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { FilePath($0.prefix { $0 != 0 }) }
      if name.bytes.first != UInt8(ascii: "."), name.text != "__MACOSX" { names.append(name) }
    }
    return names
  }

  private static func missing(_ folder: FilePath) -> PeregrineError {
    PeregrineError(
      .missingInput, doing: "listing the folder `\(folder.text)`", found: "no such folder",
      advice: "Check the path.")
  }
}

/// What the system says about a path, links followed.
fileprivate struct Status {
  struct Identity: Equatable {
    let device: UInt
    let number: UInt
  }

  let identity: Identity
  let isFolder: Bool
  let isFile: Bool
  let size: Int
  let modified: Int
}

extension FileTree {
  fileprivate static func status(_ path: FilePath) -> Status? {
    var found = stat()
    guard path.withSystemPath({ stat($0, &found) }) == 0 else { return nil }
    return Status(
      identity: .init(device: UInt(found.st_dev), number: UInt(found.st_ino)),
      isFolder: found.st_mode & S_IFMT == S_IFDIR, isFile: found.st_mode & S_IFMT == S_IFREG,
      size: Int(found.st_size),
      modified: found.st_mtim.tv_sec * 1_000_000_000 + found.st_mtim.tv_nsec)
  }
}
