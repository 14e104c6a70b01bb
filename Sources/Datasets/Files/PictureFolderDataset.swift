import Diagnostics
import FileAccess
import Foundation
import Pictures
import Samples

/// Pictures directly in one folder, without classes: photos, or samples of any program.
///
/// Sorted by the bytes of their names. `grid.png`, the overview that `sample` writes with its
/// pictures, is left out.
public struct PictureFolderDataset: PictureDataset {
  /// A description of the folder's content; there are no classes.
  public let summary: DatasetSummary
  private let pictures: PictureFiles
  private let size: Int?

  /// Lists a folder; pictures are decoded later.
  ///
  /// - Parameter size: crop and resize to this size; `nil` uses the size of the first picture,
  ///   which every other picture must then have.
  /// - Throws: `.missingInput` or `.badData`, naming the folder.
  public init(folder: URL, size: Int? = nil, orientation: PictureOrientation = .stored) throws {
    try checkSize(size, of: folder.path)
    let overview = FilePath("grid.png")
    pictures = try PictureFiles(FilePath(folder), isDeep: false, orientation: orientation) {
      $0 != overview
    }
    self.size = size
    guard pictures.count > 0 else {
      let others = pictures.notices?.first.map { " (\($0))" } ?? ""
      throw PeregrineError(
        .badData, doing: "opening the pictures in `\(folder.path)`",
        found: "no PNG, JPEG or WebP file\(others)")
    }
    var shape = [3, size ?? 0, size ?? 0]
    if size == nil {
      let first = try pictures.picture(at: 0)
      shape = [3, first.height, first.width]
    }
    var fingerprint = Fingerprint("picture-folder 1")
    pictures.add(to: &fingerprint)
    fingerprint.add("\(shape)")
    pictures.addDecoding(to: &fingerprint)
    var summary = DatasetSummary(
      name: folder.lastPathComponent, kind: "picture-folder", count: pictures.count,
      itemShape: ItemShape(dimensions: shape),
      classNames: [], fingerprint: fingerprint.text)
    summary.decoding = PictureFiles.decoding(orientation)
    summary.notices = pictures.notices
    self.summary = summary
  }

  /// The files of the pictures.
  public var sources: [FilePath] { pictures.files.indices.map(pictures.path) }

  /// The picture at `index`.
  public func picture(at index: Int) throws -> Picture {
    try check(index: index)
    let picture = try pictures.picture(at: index)
    let name = pictures.path(at: index).text
    if let size { return try picture.square(of: size, name: name) }
    try requireSize(
      picture.width, picture.height, shape: summary.itemShape.dimensions, name: name)
    return picture
  }

  /// Checks the headers of all files.
  public func checkItems() throws {
    try pictures.check(crop: size, shape: summary.itemShape.dimensions)
  }

  /// The class of the picture at `index`: always 0, which has no meaning here.
  public func label(at index: Int) throws -> Int {
    try check(index: index)
    return 0
  }
}
