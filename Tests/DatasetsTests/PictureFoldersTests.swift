import Datasets
import Diagnostics
import Foundation
import Pictures
import TestSupport
import Testing

/// Image folders, the EDM2 layout and how a path is recognised.
struct PictureFoldersTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

  @Test func classesAndPathsAreSorted() throws {
    let root = try pictureTree(in: folder.url, classes: 3, each: 4)
    let nested = root.appendingPathComponent("class1/more/deep")
    try FileManager.default.createDirectory(at: nested, withIntermediateDirectories: true)
    let photo = try ShapesDataset(size: 40).draw(ShapesDataset().factors(at: 77))
    try photo.write(png: nested.appendingPathComponent("last.PNG"))
    try Data("notes".utf8).write(to: root.appendingPathComponent("class0/readme.txt"))
    try Data("notes".utf8).write(to: root.appendingPathComponent("readme.txt"))
    let dataset = try ImageFolderDataset(root: root, size: 8)
    #expect(dataset.summary.count == 13 && dataset.summary.itemShape == [3, 8, 8])
    #expect(dataset.summary.classNames == ["class0", "class1", "class2"])
    let labels = try (0..<13).map { try dataset.item(at: $0, mirrored: false).condition.label }
    #expect(labels == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2])
    #expect(try dataset.picture(at: 8) == photo.centerCropped(to: 8))
    #expect(
      try dataset.picture(at: 5) == ShapesDataset(size: 10).picture(at: 5).centerCropped(to: 8))
    #expect(try openDataset(root.path, size: 8).summary == dataset.summary)
    expectFailure(.usage, saying: root.path) { try openDataset(root.path, size: nil) }
  }

  @Test func emptyClassFoldersAreNamed() throws {
    let root = try pictureTree(in: folder.url, classes: 2, each: 1)
    let empty = root.appendingPathComponent("nothing")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    expectFailure(.badData, saying: empty.path) { try ImageFolderDataset(root: root, size: 8) }
    expectFailure(.badData, saying: empty.path, "class folders") {
      try ImageFolderDataset(root: empty, size: 8)
    }
    expectFailure(.missingInput, saying: "/nowhere") {
      try ImageFolderDataset(root: URL(fileURLWithPath: "/nowhere"), size: 8)
    }
  }

  @Test func textNamedPNGIsNamed() throws {
    let root = try pictureTree(in: folder.url, classes: 2, each: 2)
    let text = root.appendingPathComponent("class1/0000.png")
    try Data("no picture at all".utf8).write(to: text)
    let dataset = try ImageFolderDataset(root: root, size: 8)
    expectFailure(.badData, saying: text.path) { try dataset.item(at: 2, mirrored: false) }
    #expect(try dataset.picture(at: 3).width == 8)
  }

  @Test func classFoldersMayBeLinks() throws {
    let root = try pictureTree(in: folder.url, classes: 2, each: 2)
    try FileManager.default.createSymbolicLink(
      at: root.appendingPathComponent("zebra"),
      withDestinationURL: root.appendingPathComponent("class0"))
    #expect(try ImageFolderDataset(root: root, size: 8).summary.count == 6)
  }

  @Test func linesAndAbsurdSizesAreRefused() throws {
    let root = try pictureTree(in: folder.url, classes: 1, each: 1)
    let line = root.appendingPathComponent("class0/0000.png")
    try Picture(width: 2_000, height: 1, color: (1, 2, 3)).write(png: line)
    let dataset = try ImageFolderDataset(root: root, size: 8)
    expectFailure(.badData, saying: line.path, "2000x1") { try dataset.picture(at: 0) }
    for size in [0, -4, 1 << 20] {
      expectFailure(.usage, saying: "\(size) pixels") { try openDataset(root.path, size: size) }
    }
  }

  private func writeLayout(latents: Int = 3) throws -> URL {
    let root = url("edm2")
    var writer = try EDM2Writer(root: root, of: "three shapes")
    for index in 0..<3 {
      try writer.append(ShapesDataset(size: 16).picture(at: index), label: [2, 0, 5][index])
    }
    try writer.finish()
    let place = root.appendingPathComponent("vae-in/00000")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    var entries: [String] = []
    for index in 0..<latents {
      let values = (0..<32).map { Float(100 * index + $0) }
      let name = String(format: "img-latents-%08d.npy", index)
      try NPYFile.write(
        NPYFile.encoded(values, shape: [1, 2, 4, 4]), to: place.appendingPathComponent(name))
      entries.append("[\"00000/\(name)\", \([2, 0, 5][index % 3])]")
    }
    try Data("{\"labels\": [\(entries.joined(separator: ", "))]}".utf8)
      .write(to: root.appendingPathComponent("vae-in/dataset.json"))
    return root
  }

  @Test func readsTheEDM2Layout() throws {
    let root = try writeLayout()
    let pictures = try EDM2Dataset(root: root)
    #expect(pictures.summary.itemShape == [3, 16, 16] && pictures.summary.classNames.count == 6)
    #expect(try pictures.picture(at: 2) == ShapesDataset(size: 16).picture(at: 2))
    #expect(try pictures.item(at: 2, mirrored: false).condition.label == 5)
    let latents = try EDM2LatentDataset(root: root)
    #expect(latents.summary.itemShape == [2, 4, 4] && latents.pictures?.count == 3)
    let item = try latents.item(at: 1, mirrored: false)
    #expect(item.condition.label == 0 && item.values == (100..<132).map { Float($0) })
    #expect(latents.summary.pictureShape == [3, 16, 16])
    #expect(try item.picture == pictures.item(at: 1, mirrored: false).values)
    expectFailure(.usage, saying: "mirror") { try latents.item(at: 1, mirrored: true) }
    #expect(try openDataset(root.path, size: nil) is EDM2LatentDataset)
    #expect(try openDataset(root.appendingPathComponent("images").path, size: 8) is EDM2Dataset)
    let inside = try openDataset(root.appendingPathComponent("vae-in").path, size: nil)
    #expect(inside is EDM2LatentDataset && inside.summary.count == 3)
  }

  @Test func unpairedLatentsAreNamed() throws {
    let root = try writeLayout()
    let place = root.appendingPathComponent("vae-in")
    let old = place.appendingPathComponent("00000/img-latents-00000001.npy")
    try FileManager.default.moveItem(
      at: old, to: place.appendingPathComponent("00000/img-latents-00000007.npy"))
    expectFailure(.badData, saying: "img-latents-00000007.npy") {
      try EDM2LatentDataset(root: root)
    }
    let json = place.appendingPathComponent("dataset.json")
    let text = try String(contentsOf: json, encoding: .utf8)
    try Data(text.replacing("00000001", with: "00000007").utf8).write(to: json)
    expectFailure(.badData, saying: "img-latents-00000002.npy", "img00000001.png") {
      try EDM2LatentDataset(root: root)
    }
  }

  @Test func missingLatentsAreCounted() throws {
    let root = try writeLayout(latents: 2)
    expectFailure(.badData, saying: "3 pictures and 2 latents", root.path) {
      try EDM2LatentDataset(root: root)
    }
  }

  @Test func builtInShapesByName() throws {
    #expect(try openDataset("shapes", size: nil).summary.count == 50_000)
    let dataset = try openDataset("shapes:123", size: 48)
    #expect(dataset.summary.count == 123 && dataset.summary.itemShape == [3, 48, 48])
    for path in ["shapes:", "shapes:x", "shapes:0", "shapes:-3"] {
      #expect(throws: PeregrineError.self) { try openDataset(path, size: nil) }
    }
  }

  @Test func unknownPathsListWhatIsLookedFor() throws {
    for path in [folder.url.path, "/nowhere/at/all"] {
      let message = #expect(throws: PeregrineError.self) { try openDataset(path, size: 8) }?
        .description
      for word in [path, "shapes", "cache.json", "vae-in", "NAME_x.npy", "folder of PNG"] {
        #expect(message?.contains(word) == true)
      }
    }
  }

  @Test(arguments: [-1, 1_000_000, 1 << 31])
  func aClassOutOfRangeIsNamedWithItsFile(label: Int) throws {
    let root = try writeLayout()
    let json = root.appendingPathComponent("images/dataset.json")
    let text = try String(contentsOf: json, encoding: .utf8)
    try Data(text.replacing("img00000002.png\",5", with: "img00000002.png\",\(label)").utf8)
      .write(to: json)
    expectFailure(
      .badData, saying: "the class \(label) of the file `00000/img00000002.png`", "0 to 999,999"
    ) { try EDM2Dataset(root: root) }
  }

  @Test func anEmptyPathIsNotTheCurrentFolder() {
    expectFailure(.usage, saying: "an empty path") { try openDataset("", size: 8) }
  }
}
