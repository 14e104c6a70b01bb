import Diagnostics
import FileAccess
import Foundation
import Pictures

/// The pictures below a folder, in the order of ``FileTree``.
///
/// Whether a file is a picture is decided by its first bytes. A file with the extension of a picture
/// that is none is kept, so that reading it is an error; other files are left out and counted.
struct PictureFiles: Sendable {
  /// The folder.
  let root: FilePath
  /// What is done with the orientation in EXIF data.
  let orientation: PictureOrientation
  /// The files.
  let files: [FileTree.File]
  private let headers: [PictureHeader?]
  private let leftOut: LeftOut

  /// How many files of each kind were left out, with one of them.
  private struct LeftOut {
    var kinds: [String: (count: Int, example: String)] = [:]

    mutating func add(_ kind: String, _ example: String, count: Int = 1) {
      kinds[kind] = ((kinds[kind]?.count ?? 0) + count, kinds[kind]?.example ?? example)
    }

    var text: String? {
      guard !kinds.isEmpty else { return nil }
      let list = kinds.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        .map { "\($0.value.count) \($0.key) (such as `\($0.value.example)`)" }
      let canConvert = kinds.keys.contains { PictureFormat(rawValue: $0) != nil }
      return "left out: \(list.joined(separator: ", "))"
        + (canConvert ? "; convert pictures to PNG, JPEG or WebP to use them" : "")
    }
  }

  /// Lists the pictures at the paths that `isWanted` accepts.
  ///
  /// - Throws: as ``FileTree``, and `.io` for a file that cannot be read.
  init(
    _ root: FilePath, isDeep: Bool = true, orientation: PictureOrientation,
    where isWanted: (FilePath) -> Bool = { _ in true }
  ) throws {
    let tree = try FileTree(root, isDeep: isDeep)
    var leftOut = LeftOut()
    var kept: [(file: FileTree.File, header: PictureHeader?)] = []
    for file in tree.files where isWanted(file.path) {
      let path = root.appending(file.path)
      let header = try PictureHeader(path, doing: "reading the picture `\(path.text)`")
      if let kind = Self.reasonToLeaveOut(header, file.path) {
        leftOut.add(kind, path.text)
      } else {
        kept.append((file, header))
      }
    }
    for path in tree.others {
      leftOut.add("broken links or special files", root.appending(path).text)
    }
    self.root = root
    self.orientation = orientation
    self.leftOut = leftOut
    files = kept.map(\.file)
    headers = kept.map(\.header)
  }

  var count: Int { files.count }

  /// The path of a picture, for messages.
  func path(at index: Int) -> FilePath { root.appending(files[index].path) }

  /// Decodes a picture.
  func picture(at index: Int) throws -> Picture {
    try Picture(contentsOf: path(at: index), orientation: orientation)
  }

  /// What should be said about the folder: files left out, orientations.
  var notices: [String]? { Self.notices(of: [self]) }

  /// What should be said about several folders together.
  ///
  /// - Parameter beside: the files beside the folders, which are left out.
  static func notices(of folders: [PictureFiles], beside: PictureFiles? = nil) -> [String]? {
    var leftOut = LeftOut()
    if let beside, beside.count > 0 {
      leftOut.add(
        "pictures beside the class folders", beside.path(at: 0).text, count: beside.count)
    }
    for (kind, found) in (folders + (beside.map { [$0] } ?? [])).flatMap(\.leftOut.kinds) {
      leftOut.add(kind, found.example, count: found.count)
    }
    let notices = [leftOut.text, turnedText(folders)].compactMap { $0 }
    return notices.isEmpty ? nil : notices
  }

  private static func turnedText(_ folders: [PictureFiles]) -> String? {
    let turned = folders.flatMap(\.turned)
    guard let first = turned.first else { return nil }
    return "\(turned.count) of \(folders.reduce(0) { $0 + $1.count }) pictures are stored turned "
      + "(EXIF orientation, such as `\(first.text)`) and used as stored; the orientation `upright` "
      + "turns them as viewers do"
  }

  /// The rule for colours and orientation, for records.
  static func decoding(_ orientation: PictureOrientation) -> String {
    "values as stored, alpha over white, orientation \(orientation.rawValue)"
  }

  /// The pictures that are not upright and not turned.
  private var turned: [FilePath] {
    orientation == .upright
      ? [] : headers.indices.filter { (headers[$0]?.orientation ?? 1) > 1 }.map(path)
  }

  /// Decodes every picture that seems cut off, and checks all sizes, from the files' headers.
  ///
  /// - Throws: `.badData` naming the pictures that cannot be used.
  func check(crop: Int?, shape: [Int]) throws {
    var found: [any Error] = []
    for index in files.indices {
      do {
        let size = headers[index]?.size
        if headers[index]?.seemsWhole != true || size == nil { _ = try picture(at: index) }
        guard let size else { continue }
        let isTransposed = orientation == .upright && (headers[index]?.orientation ?? 1) >= 5
        let (width, height) = isTransposed ? (size.height, size.width) : (size.width, size.height)
        let name = path(at: index).text
        if crop == nil {
          try requireSize(width, height, shape: shape, name: name)
        } else {
          try requireAspect(width, height, name: name)
        }
      } catch {
        found.append(error)
      }
    }
    guard let first = found.first else { return }
    guard found.count > 1 else { throw first }
    throw PeregrineError(
      .badData, doing: "checking the \(count) pictures in `\(root.text)`",
      found: "\(found.count) that cannot be used, first this one",
      advice: PeregrineError.withoutFile, cause: first)
  }

  /// Adds names and sizes.
  func add(to fingerprint: inout Fingerprint, below prefix: String = "") {
    for file in files { fingerprint.add("\(prefix)\(file.path.text) \(file.size)") }
  }

  /// Adds what decides the pixels besides the files: applied orientations, and colour chunks that
  /// earlier versions applied.
  func addDecoding(to fingerprint: inout Fingerprint) {
    if headers.contains(where: { $0?.hasOtherGamma == true }) { fingerprint.add("gamma as stored") }
    if orientation == .upright { fingerprint.add("upright") }
  }

  /// The kind of a file that is left out; `nil` for a picture.
  private static func reasonToLeaveOut(_ header: PictureHeader?, _ path: FilePath) -> String? {
    let ending = path.fileExtension
    guard let header else {
      if PictureFormat.readableExtensions.contains(ending) { return nil }
      return ending.isEmpty ? "other files" : ".\(ending) files"
    }
    if header.isAnimated { return "animated \(header.format.rawValue)" }
    return header.format.isReadable ? nil : header.format.rawValue
  }
}

/// Throws `.badData` for a picture of another size than the first one's.
func requireSize(_ width: Int, _ height: Int, shape: [Int], name: String) throws {
  guard shape != [3, height, width] else { return }
  throw PeregrineError(
    .badData, doing: "reading the picture `\(name)`", found: "\(width)x\(height) pixels",
    expected: "\(shape[2])x\(shape[1]), as the first picture has",
    advice: "Ask for a size, so that pictures are cropped and resized.")
}
