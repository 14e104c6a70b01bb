import Diagnostics
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
  private let size: Int
  private let isCropped: Bool

  /// Lists the folder; pictures are decoded later.
  ///
  /// - Parameter size: crop and resize to this size; `nil` uses the size of the first picture,
  ///   which every other picture must then have.
  /// - Throws: `.missingInput` or `.badData`, naming the file.
  public init(root: URL, size: Int? = nil) throws {
    try checkSize(size, of: root.path)
    let inside = root.appendingPathComponent("images")
    index = try EDM2Index(
      folder: PictureTree.isFolder(inside) ? inside : root, extensions: ["png", "jpg", "jpeg"])
    let first = try Picture(contentsOf: index.url(at: 0))
    self.size = size ?? first.width
    isCropped = size != nil
    summary = index.summary(
      name: root.lastPathComponent, itemShape: [3, self.size, self.size])
  }

  /// The files of the pictures.
  public var files: [URL] { summary.count == 0 ? [] : (0..<summary.count).map(index.url) }

  /// The picture at `index`.
  public func picture(at position: Int) throws -> Picture {
    try check(index: position)
    let picture = try Picture(contentsOf: index.url(at: position))
    if picture.width == size && picture.height == size { return picture }
    guard isCropped else {
      throw PeregrineError(
        .badData, doing: "reading the picture `\(index.url(at: position).path)`",
        found: "\(picture.width)x\(picture.height) pixels",
        expected: "\(size)x\(size), as the first picture has",
        advice: "Ask for a size, so that pictures are cropped and resized.")
    }
    return try picture.square(of: size, name: index.url(at: position).path)
  }

  /// The class of the picture at `index`.
  public func label(at position: Int) throws -> Int {
    try check(index: position)
    return index.labels[position]
  }
}
