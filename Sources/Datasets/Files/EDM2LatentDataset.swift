import Diagnostics
import Foundation
import Samples

/// The latents of the folder layout that REPA and SR-DiT train on, with the pictures they were
/// encoded from.
///
/// `ROOT/vae-in/00000/img-latents-00000000.npy` and so on, each float32 (1, C, H, W) or (C, H, W),
/// unscaled, with classes in `ROOT/vae-in/dataset.json`; `ROOT/images/00000/img00000000.png` and so
/// on. Both are found at any depth and sorted by relative path, and the first picture belongs to
/// the first latent. Only the latents have classes. If both names of a pair end in eight digits,
/// these must be equal.
public struct EDM2LatentDataset: Dataset {
  /// A description of the folder's content.
  public let summary: DatasetSummary
  /// The pictures that the latents were encoded from, item by item, if `ROOT/images` exists and
  /// they were requested.
  public let pictures: PairedPictures?
  private let index: EDM2Index

  /// This layout has no latents of mirrored pictures.
  public var mirrors: Bool { false }

  /// Lists the folder; latents and pictures are read later.
  ///
  /// - Parameter pictures: whether items include their pictures, which take time to decode.
  /// - Throws: `.missingInput` or `.badData`, naming the file, also when pictures and latents do
  ///   not match.
  public init(root: URL, pictures: Bool = true) throws {
    let inside = root.appendingPathComponent("vae-in")
    let images = root.appendingPathComponent("images")
    let hasBoth = PictureTree.isFolder(inside)
    index = try EDM2Index(folder: hasBoth ? inside : root, extensions: ["npy"])
    self.pictures =
      pictures && hasBoth && PictureTree.isFolder(images) ? try PairedPictures(folder: images) : nil
    let shape = try Self.itemShape(of: NPYFile(contentsOf: index.url(at: 0)))
    var summary = index.summary(name: root.lastPathComponent, itemShape: shape)
    if let pictures = self.pictures {
      try Self.checkPairs(pictures, index)
      var fingerprint = Fingerprint("edm2 with pictures 1")
      for text in [summary.fingerprint, "\(pictures.shape)"] + pictures.paths {
        fingerprint.add(text)
      }
      summary.fingerprint = fingerprint.text
      summary.pictureShape = pictures.shape
    }
    self.summary = summary
  }

  /// The latent at `index`, as stored, with its class and its picture.
  public func item(at position: Int, mirrored: Bool) throws -> DatasetItem {
    try check(index: position, mirrored: mirrored)
    let label = index.labels[position]
    let picture = try pictures.map {
      DatasetItem(
        picture: try $0.picture(at: position), condition: Condition(label: label), mirrored: false
      ).values
    }
    return DatasetItem(
      values: try latent(at: position), condition: Condition(label: label), picture: picture)
  }

  private func latent(at position: Int) throws -> [Float] {
    let file = try NPYFile(contentsOf: index.url(at: position))
    guard try Self.itemShape(of: file) == summary.itemShape else {
      throw NPYHeader.failure(
        file.name, found: "the shape \(file.shape)",
        expected: "\(summary.itemShape), as the first latent has")
    }
    return file.floats(0..<file.count)
  }

  private static func itemShape(of file: NPYFile) throws -> ItemShape {
    let shape = file.shape.count == 4 && file.shape[0] == 1 ? Array(file.shape[1...]) : file.shape
    guard shape.count == 3, file.count > 0, file.element == .float32 else {
      throw NPYHeader.failure(
        file.name, found: "\(file.element) of shape \(file.shape)",
        expected: "float32 of shape (1, C, H, W) or (C, H, W)")
    }
    return ItemShape(dimensions: shape)
  }

  private static func checkPairs(_ pictures: PairedPictures, _ latents: EDM2Index) throws {
    let doing = "pairing `\(pictures.folder.path)` with `\(latents.folder.path)`"
    guard pictures.count == latents.paths.count else {
      throw PeregrineError(
        .badData, doing: doing,
        found: "\(pictures.count) pictures and \(latents.paths.count) latents",
        expected: "as many of both", advice: "Encode the pictures again.")
    }
    for (picture, latent) in zip(pictures.paths, latents.paths) {
      guard let first = EDM2Index.number(in: picture), let second = EDM2Index.number(in: latent),
        first != second
      else { continue }
      throw PeregrineError(
        .badData, doing: doing, found: "`\(picture)` beside `\(latent)`",
        expected: "the same number", advice: "Encode the pictures again.")
    }
  }
}
