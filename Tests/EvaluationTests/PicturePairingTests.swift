import Datasets
import Diagnostics
import Foundation
import Pictures
import TestSupport
import Testing

@testable import Evaluation

/// Pictures are compared with the ones they belong to, in whatever order they are listed.
@Suite struct PicturePairingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A folder of grey pictures, each of the brightness at its place.
  private func write(_ name: String, _ files: [String]) throws -> any PictureDataset {
    for (index, file) in files.enumerated() {
      try Picture.grey(UInt8(index)).write(
        png: folder.url.appendingPathComponent("\(name)/\(file).png"))
    }
    return try openPictures(folder.url.appendingPathComponent(name).path, size: 8)
  }

  private func brightness(_ pictures: any PictureDataset, _ places: [Int]) throws -> [UInt8] {
    try places.map { try pictures.picture(at: $0).pixels[0] }
  }

  private func pair(
    _ own: any PictureDataset, _ reference: any PictureDataset, count: Int? = nil
  ) throws -> PicturePairing {
    try PicturePairing(own, with: reference, count: count ?? own.summary.count)
  }

  private func padded(_ numbers: Range<Int>) -> [String] {
    numbers.map { String(format: "%06d", $0) }
  }

  @Test func numbersAreNotText() throws {
    let own = try write("own", (0..<12).map(String.init))
    let others = [
      try write("padded", padded(0..<12)), try write("named", padded(0..<12).map { "img" + $0 }),
      PictureList((0..<12).map { .grey($0) }),
    ]
    for reference in others {
      let pairing = try pair(own, reference)
      #expect(pairing.basis == .number)
      let mine = try brightness(own, Array(0..<12))
      #expect(mine == [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9])
      #expect(try brightness(reference, pairing.places) == mine)
    }
    let back = try pair(others[2], own)
    #expect(try brightness(own, back.places) == Array(0..<12))
  }

  @Test func aMissingPartnerShiftsNothing() throws {
    let own = try write("own", padded(0..<5))
    let holed = try write("holed", ["000000", "000001", "000003", "000004", "000005"])
    let error = #expect(throws: PeregrineError.self) { try pair(own, holed) }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("`000002`") == true)
    let pairing = try pair(holed, write("whole", padded(0..<9)))
    #expect(pairing.places == [0, 1, 3, 4, 5])
    // The first two have partners.
    #expect(try pair(own, holed, count: 2).places == [0, 1])
  }

  @Test func namesDecideAtAnyDepth() throws {
    let own = try write("own", ["cat/a", "cat/b", "dog/a"])
    let pairing = try pair(own, write("other", ["ant/a", "cat/a", "cat/b", "dog/a"]))
    #expect(pairing.basis == .name)
    #expect(pairing.places == [1, 2, 3])
    let error = #expect(throws: PeregrineError.self) {
      try pair(own, write("another", ["cat/a", "cat/c", "dog/a"]))
    }
    #expect(error?.found.contains("`cat/b`") == true)
  }

  @Test func namesAgainstNoneGoByPositionIfNothingIsMissing() throws {
    let own = try write("own", ["ant", "bee", "cat"])
    let pairing = try pair(own, PictureList((0..<3).map { .grey($0) }))
    #expect(pairing.basis == .position)
    #expect(pairing.places == [0, 1, 2])
    let error = #expect(throws: PeregrineError.self) {
      try pair(own, PictureList((0..<4).map { .grey($0) }))
    }
    #expect(error?.found.contains("3 pictures and 4") == true)
    // Numbers from 1 on may or may not be those from 0 on.
    let late = try write("late", ["1", "2", "3"])
    #expect(throws: PeregrineError.self) { try pair(late, PictureList((0..<3).map { .grey($0) })) }
  }

  @Test func scoresAreThoseOfThePairs() throws {
    var plain = try PlainEvaluation(
      generated: write("own", (0..<12).map(String.init)),
      reference: write("padded", padded(0..<12)))
    plain.evaluator.metrics = [.relativeL1]
    #expect(try plain.scores().value(.relativeL1) == 0)
  }

  /// Swift's `==` takes both spellings for one; the file system has two files.
  @Test func spellingsOfALetterAreTwoNames() throws {
    let spellings = ["e\u{301}", "z", "\u{e9}"]
    let own = try write("own", spellings)
    let pairing = try pair(own, own)
    #expect(pairing.basis == .name && pairing.places == [0, 1, 2])
    let error = #expect(throws: PeregrineError.self) {
      try pair(own, write("composed", ["\u{e9}", "y", "z"]))
    }
    #expect(error?.found.contains("no reference picture for the picture `e\u{301}`") == true)
  }

  @Test func numbersWithAndWithoutZerosInOneFolderAreNames() throws {
    let names = ["7", "007", "07", "8"]
    let own = try write("own", names)
    let pairing = try pair(own, write("other", names.reversed()))
    #expect(pairing.basis == .name && pairing.places == [0, 1, 2, 3])
    // Without the doubles the number decides again.
    let numbered = try pair(write("plain", ["7", "8"]), write("padded", ["008", "007"]))
    #expect(numbered.basis == .number && numbered.places == [0, 1])
    let error = #expect(throws: PeregrineError.self) {
      try pair(own, write("single", ["7", "8", "9", "10"]))
    }
    #expect(error?.found.contains("no reference picture for the picture `007`") == true)
  }

  /// A smaller reference lacks a picture, and the error says which.
  @Test func theMissingPartnerIsNamedBeforeTheCountIsCompared() throws {
    var plain = try PlainEvaluation(
      generated: write("own", ["a", "b", "c"]), reference: write("less", ["a", "c"]))
    plain.evaluator.metrics = [.relativeL1]
    let error = #expect(throws: PeregrineError.self) { try plain.scores() }
    #expect(error?.code == .usage)
    #expect(error?.found == "no reference picture for the picture `b`")
  }
}
