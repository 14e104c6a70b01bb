import Foundation
import TestSupport
import Testing

@testable import Datasets

struct KeptPicturesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func aPictureIsReadFromItsFileOnce() throws {
    let root = try pictureTree(in: folder.url, classes: 2, each: 3)
    let files = try ImageFolderDataset(root: root, size: 8)
    let kept = files.keepingPictures()
    #expect(kept.summary == files.summary && kept.mirrors)
    let first = try files.item(at: 4, mirrored: true)
    #expect(try kept.item(at: 4, mirrored: true).values == first.values)
    for file in files.sources { try Data("gone".utf8).write(to: URL(fileURLWithPath: file.text)) }
    #expect(try kept.item(at: 4, mirrored: true).values == first.values)
    #expect(try kept.item(at: 4, mirrored: false).condition.label == 1)
    expectFailure(.badData, saying: "class0") { try kept.item(at: 0, mirrored: false) }
  }

  @Test func noMoreIsKeptThanThereIsRoomFor() throws {
    let root = try pictureTree(in: folder.url, classes: 1, each: 2)
    let files = try ImageFolderDataset(root: root, size: 8)
    let kept = KeptPictures(files, limit: 3 * 8 * 8)
    let pictures = try (0..<2).map(kept.picture)
    for file in files.sources { try Data("gone".utf8).write(to: URL(fileURLWithPath: file.text)) }
    #expect(try kept.picture(at: 0) == pictures[0])
    expectFailure(.badData, saying: files.sources[1].text) { try kept.picture(at: 1) }
  }

  @Test func computedPicturesAreNotKept() {
    #expect(ShapesDataset(count: 4).keepingPictures() is ShapesDataset)
  }
}
