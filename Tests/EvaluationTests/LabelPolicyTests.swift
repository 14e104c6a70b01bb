import Datasets
import Diagnostics
import Foundation
import Pictures
import Testing

@testable import Evaluation

/// Which classes an evaluation asks for.
@Suite struct LabelPolicyTests {
  /// Six pictures of three classes: 3, 1 and 2 of them.
  private struct Uneven: PictureDataset {
    let classes = [0, 0, 1, 2, 0, 2]
    let files: [URL] = []
    var summary: DatasetSummary {
      DatasetSummary(
        name: "uneven", kind: "list", count: classes.count, itemShape: [3, 1, 1],
        classNames: ["a", "b", "c"], fingerprint: "")
    }
    func picture(at index: Int) throws -> Picture {
      Picture(width: 1, height: 1, pixels: [0, 0, 0])
    }
    func label(at index: Int) throws -> Int { classes[index] }
  }

  private func labels(
    _ policy: LabelPolicy, _ indices: Range<Int>, classCount: Int = 3, seed: UInt64 = 7
  ) throws -> [Int] {
    let names = classCount == 3 ? ["a", "b", "c"] : (0..<classCount).map(String.init)
    let label = try policy.labels(classNames: names, seed: seed, reference: Uneven())
    return indices.map(label)
  }

  private func counts(_ labels: [Int], _ classCount: Int) -> [Int] {
    (0..<classCount).map { label in labels.count { $0 == label } }
  }

  @Test func balancedTakesEveryClassInTurn() throws {
    #expect(try labels(.balanced, 0..<7) == [0, 1, 2, 0, 1, 2, 0])
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func uniformDrawsAllClassesEquallyOften(_ seed: UInt64) throws {
    let drawn = try labels(.uniform, 0..<20_000, classCount: 10, seed: seed)
    let expected = 2_000.0
    let chiSquare = counts(drawn, 10).reduce(0.0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    print("uniform labels, seed \(seed): chi-square \(chiSquare) with 9 degrees of freedom")
    // Beyond 27.9 lies one draw in a thousand; below 1.15 one in a thousand is too even.
    #expect((1.15..<27.9).contains(chiSquare))
    // Not in turn: a class follows itself in one of ten cases.
    let repeats = zip(drawn, drawn.dropFirst()).count { $0 == $1 }
    #expect((1_800..<2_200).contains(repeats))
  }

  @Test func referenceIsAsOftenAsInTheReferenceInEveryEpoch() throws {
    let drawn = try labels(.reference, 0..<600)
    let epochs = stride(from: 0, to: 600, by: 6).map { Array(drawn[$0..<$0 + 6]) }
    for epoch in epochs { #expect(counts(epoch, 3) == [3, 1, 2]) }
    // Each epoch has an order of its own.
    #expect(Set(epochs).count > 20)
  }

  @Test(arguments: LabelPolicy.allCases)
  func aPictureHasTheSameClassWhateverTheCount(_ policy: LabelPolicy) throws {
    let many = try labels(policy, 0..<50)
    for start in [3, 0, 17, 40] {
      #expect(try labels(policy, start..<start + 7) == Array(many[start..<start + 7]))
    }
  }

  @Test(arguments: [LabelPolicy.uniform, .reference])
  func anotherSeedDrawsOthers(_ policy: LabelPolicy) throws {
    #expect(try labels(policy, 0..<60, seed: 1) != labels(policy, 0..<60, seed: 2))
  }

  /// The reference's most frequent class is `a`, whatever its number in the model.
  @Test func referenceClassesAreFoundByName() throws {
    let label = try LabelPolicy.reference.labels(
      classNames: ["c", "a", "b"], seed: 7, reference: Uneven())
    #expect(counts((0..<60).map(label), 3) == [20, 30, 10])
    let error = #expect(throws: PeregrineError.self) {
      try LabelPolicy.reference.labels(
        classNames: ["a", "b", "z"], seed: 7, reference: Uneven())
    }
    #expect(error?.found.contains("`c`") == true)
    // Only numbers on one side: their order decides, and the protocol says so.
    let numbers = try LabelPolicy.reference.labels(
      classNames: ["0", "1", "2"], seed: 7, reference: Uneven())
    #expect(counts((0..<60).map(numbers), 3) == [30, 10, 20])
    let text = try LabelPolicy.reference.protocolText(
      classNames: ["0", "1", "2"], reference: Uneven())
    #expect(text == "reference over 3 classes, matched by number, for lack of names")
  }

  @Test func aReferenceOfOtherClassesIsRefused() {
    for pictures in [Uneven(), nil] {
      let error = #expect(throws: PeregrineError.self) {
        try LabelPolicy.reference.labels(
          classNames: ["a", "b", "c", "d"], seed: 0, reference: pictures)
      }
      #expect(error?.code == .usage)
      #expect(error?.found.hasPrefix(pictures == nil ? "0 classes" : "3 classes") == true)
      #expect(error?.expected.contains("4") == true)
    }
  }
}
