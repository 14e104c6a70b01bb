import Diagnostics
import FileAccess
import Foundation
import Pictures

/// The pictures of the folder layout that EDM2, REPA and SR-DiT train on.
///
/// `ROOT/images/00000/img00000000.png` and so on, with classes in `ROOT/images/dataset.json`; ROOT
/// may also be the folder of the pictures itself. Files are sorted by path.
public struct EDM2Dataset: PictureDataset {
  /// A description of the folder's content.
  public let summary: DatasetSummary
  let index: EDM2Index
  private let pictures: PictureFiles
  private let size: Int
  private let isCropped: Bool

  /// Lists the folder; pictures are decoded later.
  ///
  /// - Parameter size: crop and resize to this size; `nil` uses the size of the first picture,
  ///   which every other picture must then have.
  /// - Throws: `.missingInput` or `.badData`, naming the file.
  public init(root: URL, size: Int? = nil, orientation: PictureOrientation = .stored) throws {
    try checkSize(size, of: root.path)
    let inside = root.appendingPathComponent("images")
    let folder = PictureTree.isFolder(inside) ? inside : root
    let json = FilePath("dataset.json")
    pictures = try PictureFiles(FilePath(folder), orientation: orientation) { $0 != json }
    index = try EDM2Index(folder: folder, files: pictures.files.map(\.path))
    self.size = try size ?? pictures.picture(at: 0).width
    isCropped = size != nil
    var summary = index.summary(
      name: root.lastPathComponent, itemShape: [3, self.size, self.size],
      decoding: pictures.addDecoding)
    summary.decoding = PictureFiles.decoding(orientation)
    summary.notices = pictures.notices
    self.summary = summary
  }

  /// The files of the pictures.
  public var sources: [FilePath] {
    pictures.files.indices.map(pictures.path)
      + [FilePath(index.folder).appending(FilePath("dataset.json"))]
  }

  /// The picture at `index`.
  public func picture(at position: Int) throws -> Picture {
    try check(index: position)
    let picture = try pictures.picture(at: position)
    if picture.width == size && picture.height == size { return picture }
    let name = pictures.path(at: position).text
    guard isCropped else {
      try requireSize(picture.width, picture.height, shape: [3, size, size], name: name)
      return picture
    }
    return try picture.square(of: size, name: name)
  }

  /// Checks the headers of all files.
  public func checkItems() throws {
    try pictures.check(crop: isCropped ? size : nil, shape: summary.itemShape.dimensions)
  }

  /// The class of the picture at `index`.
  public func label(at position: Int) throws -> Int {
    try check(index: position)
    return index.labels[position]
  }
}
