import Diagnostics
import Foundation
import Pictures
import Samples

/// PNG and JPEG files directly in one folder, without classes: samples of any program.
///
/// Sorted by name. `grid.png`, the overview that `sample` writes with its pictures, is left out.
public struct PictureFolderDataset: PictureDataset {
  /// A description of the folder's content; there are no classes.
  public let summary: DatasetSummary
  /// The files of the pictures.
  public let files: [URL]
  private let size: Int?

  /// Lists a folder; pictures are decoded later.
  ///
  /// - Parameter size: crop and resize to this size; `nil` uses the size of the first picture,
  ///   which every other picture must then have.
  /// - Throws: `.missingInput` or `.badData`, naming the folder.
  public init(folder: URL, size: Int? = nil) throws {
    try checkSize(size, of: folder.path)
    let names = try Self.names(in: folder)
    guard let name = names.first else {
      throw PeregrineError(
        .badData, doing: "opening the pictures in `\(folder.path)`", found: "no PNG or JPEG file")
    }
    files = names.map { folder.appendingPathComponent($0) }
    self.size = size
    var shape = [3, size ?? 0, size ?? 0]
    if size == nil {
      let first = try Picture(contentsOf: folder.appendingPathComponent(name))
      shape = [3, first.height, first.width]
    }
    var fingerprint = Fingerprint("picture-folder 1")
    for (name, url) in zip(names, files) {
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      fingerprint.add("\(name) \(attributes?[.size] as? Int ?? 0)")
    }
    fingerprint.add("\(shape)")
    summary = DatasetSummary(
      name: folder.lastPathComponent, kind: "picture-folder", count: files.count,
      itemShape: ItemShape(dimensions: shape),
      classNames: [], fingerprint: fingerprint.text)
  }

  /// The names of the pictures directly in a folder, sorted.
  static func names(in folder: URL) throws -> [String] {
    try PictureTree.files(below: folder).filter { !$0.contains("/") && $0 != "grid.png" }
  }

  /// The picture at `index`.
  public func picture(at index: Int) throws -> Picture {
    try check(index: index)
    let url = files[index]
    let picture = try Picture(contentsOf: url)
    if let size { return try picture.square(of: size, name: url.path) }
    guard summary.itemShape == [3, picture.height, picture.width] else {
      throw PeregrineError(
        .badData, doing: "reading the picture `\(url.path)`",
        found: "\(picture.width)x\(picture.height) pixels",
        expected:
          "\(summary.itemShape.dimensions[2])x\(summary.itemShape.dimensions[1]), as the first picture has",
        advice: "Give a size, so that pictures are cropped and resized.")
    }
    return picture
  }

  /// The class of the picture at `index`: always 0, which has no meaning here.
  public func label(at index: Int) throws -> Int {
    try check(index: index)
    return 0
  }
}
