import Diagnostics
import Foundation
import Pictures

/// PNG and JPEG files in one folder per class, of any size, at any depth below the class.
///
/// Classes are the folders directly below the root, sorted by name; pictures are sorted by path.
/// Each picture is read when requested, cropped to a square and resized as for the ADM reference
/// sets.
public struct ImageFolderDataset: PictureDataset {
  /// A description of the folder's content.
  public let summary: DatasetSummary
  private let root: URL
  private let paths: [String]
  private let labels: [Int]
  private let size: Int

  /// Lists a folder; pictures are decoded later.
  ///
  /// - Parameter size: the side of the square pictures, in pixels.
  /// - Throws: `.missingInput` or `.badData`, naming the folder: no class folders, or an empty one.
  public init(root: URL, size: Int) throws {
    try checkSize(size, of: root.path)
    let classNames = try PictureTree.folders(in: root)
    guard !classNames.isEmpty else {
      throw PeregrineError(
        .badData, doing: "opening the image folder `\(root.path)`",
        found: "no class folders", expected: "one folder per class",
        advice: "Put the pictures of each class into a folder of its own.")
    }
    var paths: [String] = []
    var labels: [Int] = []
    for (label, name) in classNames.enumerated() {
      let folder = root.appendingPathComponent(name)
      let files = try PictureTree.files(below: folder)
      guard !files.isEmpty else {
        throw PeregrineError(
          .badData, doing: "opening the image folder `\(root.path)`",
          found: "no picture in the class folder `\(folder.path)`", expected: "PNG or JPEG files",
          advice: "Add pictures to the folder, or delete it.")
      }
      paths += files.map { name + "/" + $0 }
      labels += files.map { _ in label }
    }
    self.root = root
    self.paths = paths
    self.labels = labels
    self.size = size
    summary = DatasetSummary(
      name: root.lastPathComponent, kind: "image-folder", count: paths.count,
      itemShape: [3, size, size], classNames: classNames,
      fingerprint: Self.fingerprint(root: root, paths: paths, size: size))
  }

  /// The files of the pictures.
  public var files: [URL] { paths.map { root.appendingPathComponent($0) } }

  /// The picture at `index`, cropped to the dataset's size.
  public func picture(at index: Int) throws -> Picture {
    try check(index: index)
    let url = root.appendingPathComponent(paths[index])
    return try Picture(contentsOf: url).square(of: size, name: url.path)
  }

  /// The class of the picture at `index`.
  public func label(at index: Int) throws -> Int {
    try check(index: index)
    return labels[index]
  }

  private static func fingerprint(root: URL, paths: [String], size: Int) -> String {
    var fingerprint = Fingerprint("image-folder 1")
    for path in paths {
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: root.appendingPathComponent(path).path)
      fingerprint.add("\(path) \(attributes?[.size] as? Int ?? 0)")
    }
    fingerprint.add("\(size)")
    return fingerprint.text
  }
}
