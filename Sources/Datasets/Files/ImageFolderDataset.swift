import Diagnostics
import FileAccess
import Foundation
import Pictures

/// Pictures in one folder per class, of any size, at any depth below the class.
///
/// Classes are the folders directly below the root, sorted by the bytes of their names, and pictures
/// by those of their paths, as Python sorts both. Links are followed. Each picture is read when
/// requested, cropped to a square and resized as for the ADM reference sets.
public struct ImageFolderDataset: PictureDataset {
  /// A description of the folder's content.
  public let summary: DatasetSummary
  private let classes: [PictureFiles]
  /// The index of each class's first picture.
  private let starts: [Int]
  private let size: Int

  /// Lists a folder; pictures are decoded later.
  ///
  /// - Parameter size: the side of the square pictures, in pixels.
  /// - Throws: `.missingInput` or `.badData`, naming the folder: no class folders, or an empty one.
  public init(root: URL, size: Int, orientation: PictureOrientation = .stored) throws {
    try checkSize(size, of: root.path)
    let names = try FileTree.folders(in: FilePath(root))
    guard !names.isEmpty else {
      throw PeregrineError(
        .badData, doing: "opening the image folder `\(root.path)`",
        found: "no class folders", expected: "one folder per class",
        advice: "Put the pictures of each class into a folder of its own.")
    }
    classes = try names.map {
      let files = try PictureFiles(FilePath(root).appending($0), orientation: orientation)
      try Self.requirePictures(files, root)
      return files
    }
    starts = classes.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    self.size = size
    var fingerprint = Fingerprint("image-folder 1")
    for (name, files) in zip(names, classes) {
      files.add(to: &fingerprint, below: name.text + "/")
    }
    fingerprint.add("\(size)")
    for files in classes { files.addDecoding(to: &fingerprint) }
    var summary = DatasetSummary(
      name: root.lastPathComponent, kind: "image-folder", count: starts.last ?? 0,
      itemShape: [3, size, size], classNames: names.map(\.text), fingerprint: fingerprint.text)
    let beside = try PictureFiles(FilePath(root), isDeep: false, orientation: .stored)
    summary.decoding = PictureFiles.decoding(orientation)
    summary.notices = PictureFiles.notices(of: classes, beside: beside)
    self.summary = summary
  }

  /// The files of the pictures.
  public var sources: [FilePath] {
    classes.flatMap { files in files.files.indices.map(files.path) }
  }

  /// The picture at `index`, cropped to the dataset's size.
  public func picture(at index: Int) throws -> Picture {
    let (label, place) = try position(of: index)
    let files = classes[label]
    return try files.picture(at: place).square(of: size, name: files.path(at: place).text)
  }

  /// The class of the picture at `index`.
  public func label(at index: Int) throws -> Int { try position(of: index).label }

  /// Checks the headers of all files.
  public func checkItems() throws {
    for files in classes { try files.check(crop: size, shape: []) }
  }

  private func position(of index: Int) throws -> (label: Int, place: Int) {
    try check(index: index)
    // The first start above the index, by bisection.
    var (low, high) = (0, starts.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] > index { high = middle } else { low = middle + 1 }
    }
    return (low - 1, index - starts[low - 1])
  }

  private static func requirePictures(_ files: PictureFiles, _ root: URL) throws {
    guard files.count == 0 else { return }
    let others = files.notices?.first.map { " (\($0))" } ?? ""
    throw PeregrineError(
      .badData, doing: "opening the image folder `\(root.path)`",
      found: "no picture in the class folder `\(files.root.text)`\(others)",
      expected: "PNG, JPEG or WebP files", advice: "Add pictures to the folder, or delete it.")
  }
}
