import Diagnostics
import FileAccess
import Foundation
import Pictures

/// The pictures that belong to a folder of latents: files at any depth, in the order of their
/// paths.
///
/// PNG, JPEG and WebP files, or `.npy` files of bytes `(3, H, W)` or `(1, 3, H, W)`. They have no classes
/// of their own: each belongs to the latent at the same position in the order.
public struct PairedPictures: Sendable {
  /// Channels, height, width of every picture.
  public let shape: [Int]
  let folder: FilePath
  /// Relative paths, sorted.
  let paths: [FilePath]
  private let orientation: PictureOrientation

  /// The number of pictures.
  public var count: Int { paths.count }

  /// Lists a folder; pictures are decoded later.
  ///
  /// - Throws: `.missingInput` or `.badData`, naming the folder or the first file.
  init(folder: URL, orientation: PictureOrientation = .stored) throws {
    self.folder = FilePath(folder)
    self.orientation = orientation
    paths = try PictureTree.files(
      below: folder, extensions: PictureFormat.readableExtensions.union(["npy"]))
    guard let first = paths.first else {
      throw PeregrineError(
        .badData, doing: "opening the pictures in `\(folder.path)`",
        found: "no PNG, JPEG, WebP or .npy file", expected: "one for each latent")
    }
    let picture = try Self.picture(self.folder.appending(first), orientation)
    shape = [3, picture.height, picture.width]
  }

  /// The picture at `index`.
  ///
  /// - Throws: `.missingInput` or `.badData`, naming the file, also when its size differs from the
  ///   others'.
  public func picture(at index: Int) throws -> Picture {
    let path = folder.appending(paths[index])
    let picture = try Self.picture(path, orientation)
    guard [3, picture.height, picture.width] == shape else {
      throw PeregrineError(
        .badData, doing: "reading the picture `\(path.text)`",
        found: "\(picture.width)x\(picture.height) pixels",
        expected: "\(shape[2])x\(shape[1]), as the first picture has",
        advice: "Prepare all pictures in the same way.")
    }
    return picture
  }

  private static func picture(_ path: FilePath, _ orientation: PictureOrientation) throws -> Picture
  {
    guard path.fileExtension == "npy" else {
      return try Picture(contentsOf: path, orientation: orientation)
    }
    let file = try NPYFile(contentsOf: path)
    let shape = file.shape.count == 4 && file.shape[0] == 1 ? Array(file.shape[1...]) : file.shape
    guard shape.count == 3, shape[0] == 3, file.count > 0, file.element == .uint8 else {
      throw NPYHeader.failure(
        file.name, found: "\(file.element) of shape \(file.shape)",
        expected: "uint8 of shape (3, H, W) or (1, 3, H, W)")
    }
    let planes = try file.bytes(0..<file.count)
    let area = shape[1] * shape[2]
    return try Picture(width: shape[2], height: shape[1], doing: "reading") { target in
      for place in target.indices { target[place] = planes[place % 3 * area + place / 3] }
    }
  }
}
