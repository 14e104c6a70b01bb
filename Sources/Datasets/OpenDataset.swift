import Diagnostics
import FileAccess
import Foundation
import Pictures

/// Opens a dataset, recognised by what is at a path.
///
/// - `shapes` or `shapes:COUNT`: the built-in ``ShapesDataset``, with 32 pixels unless `size` is
///   given.
/// - a folder with `cache.json`: a ``LatentCacheDataset``.
/// - a folder with `vae-in/` or `vae-sd/`, or with `dataset.json` beside .npy files: an ``EDM2LatentDataset``.
/// - a folder with `images/dataset.json` or `dataset.json`: an ``EDM2Dataset``.
/// - `NAME_x.npy`, the start of such names, or a folder of them: an ``NPYDataset``.
/// - `NAME.npz`: an ``NPZDataset``.
/// - a folder with one folder of pictures per class: an ``ImageFolderDataset``.
/// - a folder with pictures and no folders: a ``PictureFolderDataset``.
///
/// - Parameters:
///   - size: the side of square pictures. Required for image folders; for other kinds of pictures
///     `nil` keeps their size. Latents are never resized.
///   - companions: whether latents include a teacher's features or their pictures, if available.
///     Leaving them out saves reading them; fingerprints cover what is included.
///   - orientation: what is done with the EXIF orientation of picture files.
/// - Throws: `.usage`, `.missingInput` or `.badData`; if nothing is recognised, the error lists
///   what was looked for.
public func openDataset(
  _ path: String, size: Int?, companions: Bool = true,
  orientation: PictureOrientation = .stored
) throws -> any Dataset {
  guard !path.isEmpty else {
    throw PeregrineError(
      .usage, doing: "opening a dataset", found: "an empty path",
      expected: "`shapes`, or the path of the data", advice: "The current folder is called `.`.")
  }
  try checkSize(size, of: path)
  if isBuiltIn(path) { return try openShapes(path, size: size) }
  let root = URL(fileURLWithPath: path)
  func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(name).path)
  }
  guard PictureTree.isFolder(root) else {
    if path.hasSuffix(".npz") { return try NPZDataset(contentsOf: root, size: size) }
    if isNPY(path) { return try NPYDataset(path: path, size: size) }
    throw unrecognised(path)
  }
  if has("cache.json") { return try LatentCacheDataset(folder: root, features: companions) }
  try EDM2Writer.requireFinished(root)
  if EDM2LatentDataset.folders.contains(where: has) {
    return try EDM2LatentDataset(
      root: root, pictures: companions, orientation: orientation)
  }
  if has("images/dataset.json") {
    return try EDM2Dataset(root: root, size: size, orientation: orientation)
  }
  if has("dataset.json") {
    let holdsLatents = try !PictureTree.files(below: root, extensions: ["npy"]).isEmpty
    return holdsLatents
      ? try EDM2LatentDataset(root: root)
      : try EDM2Dataset(root: root, size: size, orientation: orientation)
  }
  if isNPY(path + "/") { return try NPYDataset(path: path, size: size) }
  return try openPictures(root, size: size, orientation)
}

/// Whether a dataset is made here, and is at no path.
func isBuiltIn(_ path: String) -> Bool { path == "shapes" || path.hasPrefix("shapes:") }

private func openPictures(
  _ root: URL, size: Int?, _ orientation: PictureOrientation
) throws -> any Dataset {
  guard try !FileTree.folders(in: FilePath(root)).isEmpty else {
    let tree = try FileTree(FilePath(root), isDeep: false)
    guard !tree.files.isEmpty || !tree.others.isEmpty else { throw unrecognised(root.path) }
    return try PictureFolderDataset(folder: root, size: size, orientation: orientation)
  }
  guard let size else {
    throw PeregrineError(
      .usage, doing: "opening the image folder `\(root.path)`", found: "no size",
      expected: "the side of the square pictures",
      advice: "Add `--size 64`, or in a recipe `data.size: 64`.")
  }
  return try ImageFolderDataset(root: root, size: size, orientation: orientation)
}

private func openShapes(_ path: String, size: Int?) throws -> any Dataset {
  guard let number = path.split(separator: ":", maxSplits: 1).dropFirst().first else {
    if path == "shapes" { return ShapesDataset(size: size ?? 32) }
    throw unrecognised(path)
  }
  guard let count = Int(number), Bounds.items.contains(count) else {
    throw PeregrineError(
      .usage, doing: "opening the dataset `\(path)`", found: "the count `\(number)`",
      expected: "a whole number, \(Bounds.items.words)", advice: "Write it like `shapes:50000`.")
  }
  return ShapesDataset(count: count, size: size ?? 32)
}

/// Whether a path is a picture file, or the prefix of one.
private func isNPY(_ path: String) -> Bool {
  if path.hasSuffix(".npy") { return true }
  let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
  let folder = cut == path.startIndex ? "." : String(path[..<cut])
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.contains { NPYDataset.isFile($0, of: path[cut...]) }
}

private func unrecognised(_ path: String) -> PeregrineError {
  PeregrineError(
    FileManager.default.fileExists(atPath: path) ? .badData : .missingInput,
    doing: "opening the dataset `\(path)`", found: "nothing that is known there",
    expected: "`shapes` or `shapes:COUNT`; a latent cache (cache.json); an EDM2 or REPA folder "
      + "(images/, vae-in/ or vae-sd/ with dataset.json); NAME_x.npy with NAME_y.npy, or their "
      + "prefix or folder; NAME.npz; a folder of PNG, JPEG or WebP files, or with one folder of "
      + "them per class",
    advice: "Check the path.")
}
