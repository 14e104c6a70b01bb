import Datasets
import Diagnostics
import Foundation
import TestSupport
import Testing

struct NPYDatasetTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

  private func save(_ name: String, shape: [Int], labels: [Int], first: Int = 0) throws {
    let bytes = (0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: first + $0 * 7) }
    try NPYFile.write(
      NPYFile.encoded(bytes, shape: shape), to: URL(fileURLWithPath: path(name + "_x.npy")))
    try NPYFile.write(
      NPYFile.encoded(labels, shape: [labels.count]),
      to: URL(fileURLWithPath: path(name + "_y.npy")))
  }

  @Test func shardsFollowOneAnotherByName() throws {
    try save("birds_train_b", shape: [2, 4, 5, 3], labels: [1, 0], first: 100)
    try save("birds_train_a", shape: [3, 4, 5, 3], labels: [0, 1, 1])
    try save("other_train", shape: [3, 8, 8, 3], labels: [0, 1, 1])
    try Data(#"["owl", "wren"]"#.utf8).write(to: URL(fileURLWithPath: path("birds_classes.json")))
    let dataset = try NPYDataset(path: path("birds_train"))
    #expect(dataset.summary.count == 5 && dataset.summary.itemShape == [3, 4, 5])
    #expect(dataset.summary.classNames == ["owl", "wren"] && dataset.summary.name == "birds_train")
    let labels = try (0..<5).map { try dataset.item(at: $0, mirrored: false).condition.label }
    #expect(labels == [0, 1, 1, 1, 0])
    #expect(try dataset.picture(at: 3).pixels.first == 100)
    #expect(try dataset.picture(at: 1).pixels[0] == UInt8(60 * 7 % 256))
    let one = try NPYDataset(path: path("birds_train_b_x.npy"))
    #expect(try one.summary.count == 2 && one.picture(at: 0) == dataset.picture(at: 3))
    #expect(one.summary.fingerprint != dataset.summary.fingerprint)
  }

  /// Labels of any integer type; a label below 0 is named with its row.
  @Test func labelsOfOtherTypes() throws {
    try save("p", shape: [3, 2, 2], labels: [0, 1, 0])
    func label(_ type: String, _ bytes: [UInt8], shape: String = "(3,)") throws {
      let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape)}"
      let start = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
      try Data(start + Array(header.utf8) + bytes).write(to: URL(fileURLWithPath: path("p_y.npy")))
    }
    for (type, bytes) in [
      ("|b1", [0, 1, 0]), (">u2", [0, 0, 0, 1, 0, 0]), ("<i2", [0, 0, 1, 0, 0, 0]),
    ] as [(String, [UInt8])] {
      try label(type, bytes)
      let dataset = try NPYDataset(path: path("p"))
      #expect(try (0..<3).map(dataset.label) == [0, 1, 0])
    }
    try label("|i1", [0, 1, 0], shape: "(3, 1)")
    #expect(try NPYDataset(path: path("p")).label(at: 1) == 1)
    try label("|i1", [0, 0xFF, 0])
    expectFailure(.badData, saying: "the label -1 in row 1") { try NPYDataset(path: path("p")) }
    try label("<u8", [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 0xFF, count: 16))
    expectFailure(.badData, saying: "the label 18446744073709551615 in row 1", "0 to 999,999") {
      try NPYDataset(path: path("p"))
    }
    try label("<f4", [UInt8](repeating: 0, count: 12))
    expectFailure(.badData, saying: "float32", "whole number") { try NPYDataset(path: path("p")) }
  }

  @Test func greyPicturesHaveOneChannel() throws {
    try save("grey", shape: [2, 3, 3], labels: [4, 2])
    let dataset = try NPYDataset(path: path("grey"))
    #expect(dataset.summary.itemShape == [1, 3, 3] && dataset.summary.classNames.count == 5)
    let item = try dataset.item(at: 1, mirrored: true)
    #expect(item.values.count == 9 && item.condition.label == 2)
    #expect(item.values[0] == Float(UInt8((9 + 2) * 7)) / 127.5 - 1)
    #expect(try dataset.picture(at: 1).pixels.prefix(3) == [63, 63, 63])
  }

  @Test func picturesAreCroppedToTheSizeAsked() throws {
    try save("wide", shape: [2, 8, 12, 3], labels: [0, 0])
    let whole = try NPYDataset(path: path("wide"))
    let cropped = try NPYDataset(path: path("wide"), size: 4)
    #expect(cropped.summary.itemShape == [3, 4, 4])
    #expect(try cropped.picture(at: 1) == whole.picture(at: 1).centerCropped(to: 4))
    #expect(cropped.summary.fingerprint != whole.summary.fingerprint)
  }

  @Test func mixedFoldersListWhatToChooseFrom() throws {
    try save("a_train", shape: [1, 4, 4, 3], labels: [0])
    try save("b_train", shape: [1, 5, 5, 3], labels: [0])
    expectFailure(.badData, saying: path("a_train"), path("b_train"), "[3, 5, 5]") {
      try NPYDataset(path: folder.url.path)
    }
    #expect(try NPYDataset(path: path("b")).summary.count == 1)
  }

  @Test func labelOutOfRangeNamesFileAndRow() throws {
    try save("set", shape: [3, 2, 2, 3], labels: [0, 1, 2])
    try Data(#"["a", "b"]"#.utf8).write(to: URL(fileURLWithPath: path("set_classes.json")))
    expectFailure(.badData, saying: path("set_y.npy"), "label 2", "row 2") {
      try NPYDataset(path: path("set"))
    }
    try save("neg", shape: [2, 2, 2, 3], labels: [0, -1])
    expectFailure(.badData, saying: path("neg_y.npy"), "-1", "row 1") {
      try NPYDataset(path: path("neg"))
    }
  }

  @Test func incompletePairsAreNamed() throws {
    expectFailure(.missingInput, saying: path("none")) { try NPYDataset(path: path("none")) }
    try save("set", shape: [3, 2, 2, 3], labels: [0, 1])
    expectFailure(.badData, saying: path("set_y.npy"), "3 pictures") {
      try NPYDataset(path: path("set"))
    }
    try FileManager.default.removeItem(atPath: path("set_y.npy"))
    expectFailure(.missingInput, saying: path("set_y.npy")) { try NPYDataset(path: path("set")) }
    try save("flat", shape: [3, 2], labels: [0, 1, 0])
    expectFailure(.badData, saying: path("flat_x.npy"), "[3, 2]") {
      try NPYDataset(path: path("flat"))
    }
  }

  @Test(.enabled(if: SharedFolder.data != nil, "needs the shared data folder"))
  func realDataOpens() throws {
    let images = try #require(SharedFolder.data).appendingPathComponent("images")
    let train = try NPYDataset(path: images.appendingPathComponent("caltech64_train").path)
    #expect(train.summary.count == 5_436 && train.summary.itemShape == [3, 64, 64])
    #expect(train.summary.classNames.count == 100)
    #expect(train.summary.classNames[0] == "accordion")
    let small = try NPYDataset(
      path: images.appendingPathComponent("caltech64_train").path, size: 32)
    let (whole, half) = (try train.picture(at: 5_000), try small.picture(at: 5_000))
    let mean = [0, 3, 192, 195].reduce(0) { $0 + Int(whole.pixels[$1]) }
    #expect(abs(mean - 4 * Int(half.pixels[0])) <= 4)  // rounded in each direction
    expectFailure(.badData, saying: "clothing32_test") { try NPYDataset(path: images.path) }
  }
}
