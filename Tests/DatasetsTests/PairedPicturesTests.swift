import Datasets
import Diagnostics
import FileAccess
import Foundation
import Pictures
import TestSupport
import Testing

/// SR-DiT's folder: latents beside their pictures, paired by sort position.
struct PairedPicturesTests {
  let folder: TemporaryFolder
  var root: URL { folder.url.appendingPathComponent("data") }

  init() throws { folder = try TemporaryFolder() }

  private func picture(_ index: Int) throws -> Picture {
    try ShapesDataset(size: 16).picture(at: index)
  }

  /// Writes a file at a path below the root, with the folders on the way.
  private func write(_ data: Data, _ path: String) throws {
    let url = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  private func latent(_ index: Int) -> [Float] { (0..<32).map { Float(100 * index + $0) } }

  private func writeLatents(_ paths: [String], shape: [Int] = [1, 2, 4, 4]) throws {
    for (index, path) in paths.enumerated() {
      try write(NPYFile.encoded(latent(index), shape: shape), "vae-in/\(path)")
    }
    let entries = paths.enumerated().map { "[\"\($1)\", \([2, 0, 5][$0 % 3])]" }
    try write(
      Data("{\"labels\": [\(entries.reversed().joined(separator: ", "))]}".utf8),
      "vae-in/dataset.json")
  }

  /// The values of a picture, plane by plane, as bytes.
  private func planes(_ picture: Picture) -> [UInt8] {
    (0..<3).flatMap { channel in
      stride(from: channel, to: picture.pixels.count, by: 3).map { picture.pixels[$0] }
    }
  }

  /// Depth and names differ between the two sides; there are no classes beside the pictures.
  @Test(arguments: [[1, 2, 4, 4], [2, 4, 4]])
  func pairsBySortPositionAlone(latentShape: [Int]) throws {
    try writeLatents(["00000/a.npy", "00000/b.npy", "00001/deep/c.npy"], shape: latentShape)
    let places = ["p/0.png", "q.png", "r/s/t.npy"]
    for index in 0..<2 {
      try write(Data(), places[index])
      let url = root.appendingPathComponent("images/\(places[index])")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try picture(index).write(png: url)
    }
    try write(
      NPYFile.encoded(planes(picture(2)), shape: [1, 3, 16, 16]), "images/\(places[2])")
    let dataset = try openDataset(root.path, size: nil)
    #expect(dataset.summary.itemShape == [2, 4, 4] && dataset.summary.pictureShape == [3, 16, 16])
    #expect(dataset.summary.kind == "edm2" && !dataset.mirrors)
    for index in 0..<3 {
      let item = try dataset.item(at: index, mirrored: false)
      #expect(item.values == latent(index) && item.condition.label == [2, 0, 5][index])
      let expected = try DatasetItem(
        picture: picture(index), condition: .none, mirrored: false)
      #expect(item.picture == expected.values, "picture \(index)")
    }
    let batch = try dataset.batch(1..<3)
    #expect(batch.pictures.count == 2 * 768 && batch.features.isEmpty)
    let alone = try openDataset(root.path, size: nil, companions: false)
    #expect(alone.summary.pictureShape == nil)
    #expect(alone.summary.fingerprint != dataset.summary.fingerprint)
    #expect(try alone.item(at: 0, mirrored: false).picture == nil)
  }

  @Test func namesNeedNotBeUTF8() throws {
    try writeLatents(["a.npy"])
    try write(Data(), "images/b.png")
    try picture(0).write(png: root.appendingPathComponent("images/b.png"))
    let images = FilePath(root.appendingPathComponent("images"))
    #expect(
      images.appending(FilePath("b.png")).withSystemPath { from in
        images.appending(FilePath([0xFF] + Array(".png".utf8))).withSystemPath { rename(from, $0) }
      } == 0)
    let item = try openDataset(root.path, size: nil).item(at: 0, mirrored: false)
    #expect(item.picture?.count == 768)
  }

  @Test func onlyTheLatentsHaveClasses() throws {
    try writeLatents(["00000/img-latents-00000000.npy", "00000/img-latents-00000001.npy"])
    for index in 0..<2 {
      try write(
        NPYFile.encoded(planes(picture(index)), shape: [3, 16, 16]),
        "images/00000/img0000000\(index).npy")
    }
    try write(Data(#"{"labels": [["nothing.png", 7]]}"#.utf8), "images/dataset.json")
    let dataset = try EDM2LatentDataset(root: root)
    #expect(
      try (0..<2).map { try dataset.item(at: $0, mirrored: false).condition.label } == [2, 0])
  }

  @Test func picturesThatDoNotFitAreNamed() throws {
    try writeLatents(["a.npy", "b.npy"])
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent("images"), withIntermediateDirectories: true)
    expectFailure(.badData, saying: "images", "no PNG") { try EDM2LatentDataset(root: root) }
    try write(NPYFile.encoded([UInt8](repeating: 1, count: 48), shape: [4, 4, 3]), "images/a.npy")
    expectFailure(.badData, saying: "a.npy", "(3, H, W)") { try EDM2LatentDataset(root: root) }
    try write(NPYFile.encoded([UInt8](repeating: 1, count: 48), shape: [3, 4, 4]), "images/a.npy")
    try write(NPYFile.encoded([UInt8](repeating: 1, count: 12), shape: [3, 2, 2]), "images/b.npy")
    let dataset = try EDM2LatentDataset(root: root)
    _ = try dataset.item(at: 0, mirrored: false)
    expectFailure(.badData, saying: "b.npy", "2x2", "4x4") {
      try dataset.item(at: 1, mirrored: false)
    }
    try write(NPYFile.encoded(latent(1), shape: [8, 2, 2]), "vae-in/b.npy")
    try write(NPYFile.encoded([UInt8](repeating: 1, count: 48), shape: [3, 4, 4]), "images/b.npy")
    expectFailure(.badData, saying: "vae-in/b.npy", "[8, 2, 2]", "[2, 4, 4]") {
      try dataset.item(at: 1, mirrored: false)
    }
    try write(NPYFile.encoded(latent(0), shape: [2, 2, 4, 2]), "vae-in/a.npy")
    expectFailure(.badData, saying: "vae-in/a.npy", "(C, H, W)") {
      try EDM2LatentDataset(root: root)
    }
  }
}
