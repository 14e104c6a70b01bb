import Diagnostics
import TestSupport
import Testing

@testable import Evaluation

/// Classes are the same if their names are, whatever their numbers.
@Suite struct ClassCorrespondenceTests {
  private func match(_ own: [String], _ other: [String]) throws -> ClassCorrespondence {
    try ClassCorrespondence(of: (own, "one"), among: (other, "the other"), doing: "testing")
  }

  private func numbers(_ count: Int) -> [String] { (0..<count).map(String.init) }

  @Test func namesDecide() throws {
    let found = try match(["cat", "dog", "ant"], ["ant", "cat", "dog"])
    #expect((0..<3).map { found($0) } == [1, 2, 0])
    #expect(!found.isByNumber)
    // Twins are only told apart by their place.
    #expect(try (0..<2).map { try match(["a", "a"], ["a", "a"])($0) } == [0, 1])
  }

  /// A folder of classes `0` … `11` sorts as text.
  @Test func numbersAreNames() throws {
    let folder = numbers(12).sorted()
    let forward = try match(folder, numbers(12))
    #expect((0..<12).map { forward($0) } == [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9])
    let back = try match(numbers(12), folder)
    #expect((0..<12).map { forward(back($0)) } == Array(0..<12))
    // Only the classes that occur are known of pictures without names.
    let some = try match(numbers(11), folder)
    #expect((0..<11).map { some($0) } == (0..<11).map { back($0) })
    #expect(forward.isByNumber && back.isByNumber && some.isByNumber)
  }

  /// Swift's `==` takes both spellings for one name.
  @Test func spellingsOfALetterAreTwoClasses() throws {
    let (composed, apart) = ("\u{e9}", "e\u{301}")
    let found = try match([apart, "z", composed], [composed, apart, "z"])
    #expect((0..<3).map { found($0) } == [1, 2, 0])
    let error = #expect(throws: PeregrineError.self) { try match([composed], [apart]) }
    #expect(error?.found.contains("without `\(composed)`") == true)
  }

  @Test func namesAgainstNumbersGoByNumber() throws {
    let found = try match(["cat", "dog", "ant"], numbers(3))
    #expect((0..<3).map { found($0) } == [0, 1, 2])
    #expect(found.isByNumber)
  }

  @Test(arguments: [
    (["cat", "dog"], ["cat", "cow"], "`dog`"), (["cat"], ["cat", "dog"], "1 classes"),
    (["cat", "dog"], ["cat"], "`dog`"), (["1", "2", "3"], ["0", "1", "2"], "`3`"),
    (["cat", "dog"], ["0", "1", "2"], "`cat`"), ([], [], "0 classes"),
    (["a", "b"], ["a", "a"], "`b`"),
    (["a", "a"], ["a", "b"], "2 classes"),
  ])
  func otherClassesAreRefusedByName(_ own: [String], _ other: [String], naming part: String) {
    let error = #expect(throws: PeregrineError.self) { try match(own, other) }
    #expect(error?.code == .usage)
    #expect(error?.found.contains(part) == true, "\(error?.found ?? "")")
  }
}
