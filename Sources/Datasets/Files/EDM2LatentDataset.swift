import Diagnostics
import FileAccess
import Foundation
import Pictures
import Samples

/// The latents of the folder layout that REPA and SR-DiT train on, with the pictures they were
/// encoded from.
///
/// `ROOT/vae-in/00000/img-latents-00000000.npy` and so on, each of floats (1, C, H, W) or (C, H, W),
/// unscaled, with classes in `ROOT/vae-in/dataset.json`; `ROOT/images/00000/img00000000.png` and so
/// on. Both are found at any depth and sorted by relative path, and the first picture belongs to
/// the first latent. Only the latents have classes. If both names of a pair end in a number,
/// these must be equal.
///
/// REPA's own files are `ROOT/vae-sd/00000/img-mean-std-00000000.npy`: (2C, H, W), the mean and the
/// standard deviation of each latent's posterior. Their items have C channels and a
/// ``DatasetItem/deviation``, from which every batch draws latents anew.
public struct EDM2LatentDataset: Dataset {
  /// A description of the folder's content.
  public let summary: DatasetSummary
  /// The pictures that the latents were encoded from, item by item, if `ROOT/images` exists and
  /// they were requested.
  public let pictures: PairedPictures?
  /// Whether the files hold means and standard deviations.
  public let holdsPosteriors: Bool
  private let index: EDM2Index

  /// This layout has no latents of mirrored pictures.
  public var mirrors: Bool { false }

  /// The folders of latents that a root may have.
  static let folders = ["vae-in", "vae-sd"]

  /// Lists the folder; latents and pictures are read later.
  ///
  /// - Parameters:
  ///   - pictures: whether items include their pictures, which take time to decode.
  ///   - orientation: what is done with the EXIF orientation of the pictures.
  /// - Throws: `.missingInput` or `.badData`, naming the file, also when pictures and latents do
  ///   not match.
  public init(
    root: URL, pictures: Bool = true, orientation: PictureOrientation = .stored
  ) throws {
    let inside = Self.folders.map(root.appendingPathComponent(_:)).first(
      where: PictureTree.isFolder)
    let folder = inside ?? root
    let images = root.appendingPathComponent("images")
    let files = try FileTree(FilePath(folder)).files.map(\.path)
      .filter { $0.fileExtension == "npy" }
    index = try EDM2Index(folder: folder, files: files)
    holdsPosteriors = try Self.holdPosteriors(files, folder)
    self.pictures =
      pictures && inside != nil && PictureTree.isFolder(images)
      ? try PairedPictures(folder: images, orientation: orientation) : nil
    let shape = try Self.itemShape(of: Self.open(index.path(at: 0)), holdsPosteriors)
    let kind = holdsPosteriors ? ["posteriors 1"] : []
    var summary = index.summary(name: root.lastPathComponent, itemShape: shape) { fingerprint in
      for text in kind { fingerprint.add(text) }
    }
    if let pictures = self.pictures {
      try Self.checkPairs(pictures, index)
      var fingerprint = Fingerprint("edm2 with pictures 1")
      for text in [summary.fingerprint, "\(pictures.shape)"] + pictures.paths.map(\.text) {
        fingerprint.add(text)
      }
      if orientation == .upright { fingerprint.add("upright") }
      summary.fingerprint = fingerprint.text
      summary.pictureShape = pictures.shape
    }
    if holdsPosteriors {
      summary.notices = [
        "the latents in `\(folder.path)` are means and standard deviations: each image draws anew"
      ]
    }
    self.summary = summary
  }

  /// The files of latents and pictures, and the classes.
  public var sources: [FilePath] {
    let images = pictures.map { pictures in
      pictures.paths.map(pictures.folder.appending)
    }
    return index.paths.indices.map(index.path)
      + [FilePath(index.folder).appending(FilePath("dataset.json"))] + (images ?? [])
  }

  /// Reads all latents, unless there are so many that it takes minutes.
  public func checkItems() throws {
    let size = summary.itemShape.count * (holdsPosteriors ? 2 : 1) * MemoryLayout<Float>.size
    guard summary.count <= FileState.mostBytes / size else { return }
    for position in 0..<summary.count { _ = try values(at: position) }
  }

  /// The latent at `index`, as stored, with its class and its picture.
  public func item(at position: Int, mirrored: Bool) throws -> DatasetItem {
    try check(index: position, mirrored: mirrored)
    let label = index.labels[position]
    let picture = try pictures.map {
      try DatasetItem(
        picture: $0.picture(at: position), condition: Condition(label: label), mirrored: false
      ).values
    }
    let stored = try values(at: position)
    let size = summary.itemShape.count
    return DatasetItem(
      values: Array(stored.prefix(size)), condition: Condition(label: label), picture: picture,
      deviation: holdsPosteriors ? Array(stored.dropFirst(size)) : nil)
  }

  private func values(at position: Int) throws -> [Float] {
    let file = try Self.open(index.path(at: position))
    guard try Self.itemShape(of: file, holdsPosteriors) == summary.itemShape else {
      throw NPYHeader.failure(
        file.name, found: "the shape \(file.shape)",
        expected: "the shape of the first file, for items of \(summary.itemShape)")
    }
    let values = try file.floats(0..<file.count)
    guard !holdsPosteriors || values.dropFirst(file.count / 2).allSatisfy({ $0 >= 0 }) else {
      throw NPYHeader.failure(
        file.name, found: "a negative standard deviation",
        expected: "means, then as many standard deviations")
    }
    return values
  }

  private static func open(_ path: FilePath) throws -> NPYFile {
    let file = try OpenFile(path, doing: "reading the array `\(path.text)`")
    return try NPYFile(ByteSource(file), name: path.text)
  }

  /// Whether files hold means and standard deviations, which their names tell.
  private static func holdPosteriors(_ files: [FilePath], _ folder: URL) throws -> Bool {
    let count = files.count { $0.name.text.hasPrefix("img-mean-std-") }
    guard count == 0 || count == files.count else {
      throw PeregrineError(
        .badData, doing: "opening the latents in `\(folder.path)`",
        found: "\(count) files `img-mean-std-…` and \(files.count - count) others",
        expected: "files of one kind", advice: "Keep each kind in a folder of its own.")
    }
    return count > 0
  }

  private static func itemShape(of file: NPYFile, _ isPosterior: Bool) throws -> ItemShape {
    var shape = file.shape.count == 4 && file.shape[0] == 1 ? Array(file.shape[1...]) : file.shape
    guard shape.count == 3, file.count > 0, !file.element.isInteger else {
      throw NPYHeader.failure(
        file.name, found: "\(file.element) of shape \(file.shape)",
        expected: "floats of shape (1, C, H, W) or (C, H, W)")
    }
    guard isPosterior else { return ItemShape(dimensions: shape) }
    guard shape[0].isMultiple(of: 2) else {
      throw NPYHeader.failure(
        file.name, found: "\(shape[0]) channels",
        expected: "an even number: means, then standard deviations")
    }
    shape[0] /= 2
    return ItemShape(dimensions: shape)
  }

  private static func checkPairs(_ pictures: PairedPictures, _ latents: EDM2Index) throws {
    let doing = "pairing `\(pictures.folder.text)` with `\(latents.folder.path)`"
    guard pictures.count == latents.paths.count else {
      throw PeregrineError(
        .badData, doing: doing,
        found: "\(pictures.count) pictures and \(latents.paths.count) latents",
        expected: "as many of both", advice: "Encode the pictures again.")
    }
    for (picture, latent) in zip(pictures.paths, latents.paths) {
      guard let first = EDM2Index.number(in: picture.text),
        let second = EDM2Index.number(in: latent.text),
        first != second
      else { continue }
      throw PeregrineError(
        .badData, doing: doing, found: "`\(picture.text)` beside `\(latent.text)`",
        expected: "the same number", advice: "Encode the pictures again.")
    }
  }
}
