import Diagnostics
import Foundation

/// The latents of the folder layout that REPA and SR-DiT train on.
///
/// `ROOT/vae-in/00000/img-latents-00000000.npy` and so on, each float32 (1, C, H, W), raw, with
/// classes in `ROOT/vae-in/dataset.json`. Latents and pictures are paired by sort position; their
/// eight-digit numbers and classes must agree.
public struct EDM2LatentDataset: Dataset {
  /// What the folder holds.
  public let summary: DatasetSummary
  /// The pictures the latents were made of, item by item, where `ROOT/images` is there.
  public let pictures: EDM2Dataset?
  private let index: EDM2Index

  /// There are no latents of mirrored pictures in this layout.
  public var mirrors: Bool { false }

  /// Lists the folder; latents are read later.
  ///
  /// - Throws: `.missingInput` or `.badData`, naming the file, also where pictures and latents do
  ///   not pair.
  public init(root: URL) throws {
    let inside = root.appendingPathComponent("vae-in")
    let hasBoth = PictureTree.isFolder(inside)
    index = try EDM2Index(folder: hasBoth ? inside : root, extensions: ["npy"])
    let shape = try NPYFile(contentsOf: index.url(at: 0)).shape
    summary = index.summary(name: root.lastPathComponent, itemShape: Array(shape.dropFirst()))
    let hasPictures = PictureTree.isFolder(root.appendingPathComponent("images"))
    pictures = hasBoth && hasPictures ? try EDM2Dataset(root: root) : nil
    _ = try latent(at: 0)
    if let pictures { try Self.checkPairs(pictures.index, index) }
  }

  /// The latent at `index`, as stored, with its class.
  public func item(at position: Int, mirrored: Bool) throws -> DatasetItem {
    try check(index: position, mirrored: mirrored)
    return DatasetItem(values: try latent(at: position), label: index.labels[position])
  }

  private func latent(at position: Int) throws -> [Float] {
    let file = try NPYFile(contentsOf: index.url(at: position))
    let expected = [1] + summary.itemShape
    guard file.shape == expected, expected.count == 4, file.element == .float32 else {
      throw NPYHeader.failure(
        file.name, found: "\(file.element) of shape \(file.shape)",
        expected: "float32 of shape (1, C, H, W), the same in every file")
    }
    return file.floats(0..<file.count)
  }

  private static func checkPairs(_ pictures: EDM2Index, _ latents: EDM2Index) throws {
    let doing = "pairing `\(pictures.folder.path)` with `\(latents.folder.path)`"
    guard pictures.paths.count == latents.paths.count else {
      throw PeregrineError(
        .badData, doing: doing,
        found: "\(pictures.paths.count) pictures and \(latents.paths.count) latents",
        expected: "as many of both", advice: "Encode the pictures again.")
    }
    for position in pictures.paths.indices
    where pictures.number(at: position) != latents.number(at: position)
      || pictures.labels[position] != latents.labels[position]
    {
      throw PeregrineError(
        .badData, doing: doing,
        found: "`\(pictures.paths[position])` (class \(pictures.labels[position])) beside "
          + "`\(latents.paths[position])` (class \(latents.labels[position]))",
        expected: "the same number and class", advice: "Encode the pictures again.")
    }
  }
}
