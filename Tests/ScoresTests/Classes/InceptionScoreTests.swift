import Diagnostics
import Scores
import Tensors
import TestSupport
import Testing

struct InceptionScoreTests {
  /// Each picture sure of its class: the score is the number of classes that occur.
  @Test func sureAndBalancedPicturesReachTheNumberOfClasses() throws {
    let sure = PlainArray([40, 10]) { $0[1] == $0[0] % 4 ? 900 : -300 }
    let score = try InceptionScore(logits: sure.tensor(.float32))
    #expect(abs(score.value - 4) < 1e-12 && score.deviationOverParts < 1e-12)
    #expect(score.partCount == 10)
  }

  @Test func picturesThatAreAllTheSameScoreOne() throws {
    let same = PlainArray([30, 5]) { Double($0[1]) }
    #expect(abs(try InceptionScore(logits: same.tensor()).value - 1) < 1e-12)
  }

  /// Parts are taken in order: sorted by class, each part sees one class only.
  @Test func partsAreTakenInOrder() throws {
    let sorted = PlainArray([40, 4]) { $0[1] == $0[0] / 10 ? 50 : 0 }
    #expect(abs(try InceptionScore(logits: sorted.tensor(), partCount: 4).value - 1) < 1e-9)
    #expect(abs(try InceptionScore(logits: sorted.tensor(), partCount: 1).value - 4) < 1e-9)
  }

  /// More rows than are converted at a time.
  @Test func blocksAddUp() throws {
    let logits = try normalFeatures(4_200, width: 3, seed: 61)
    let twice = try Tensor.concatenated([logits, logits], dim: 0)
    let once = try InceptionScore(logits: logits, partCount: 1).value
    #expect(relativeError(try InceptionScore(logits: twice, partCount: 1).value, once) < 1e-12)
  }

  @Test func unfitLogitsAreRefused() throws {
    let few = #expect(throws: PeregrineError.self) {
      try InceptionScore(logits: Tensor.zeros([9, 3]))
    }
    #expect(few?.code == .usage)
    #expect(throws: PeregrineError.self) {
      try InceptionScore(logits: Tensor.zeros([9, 3]), partCount: 0)
    }
    let damaged = #expect(throws: PeregrineError.self) {
      try InceptionScore(logits: Tensor.full(.nan, shape: [20, 3]))
    }
    #expect(damaged?.code == .nonFinite)
  }

  @Test func accuracyCountsTheMostLikelyClass() throws {
    let logits = try Tensor([0.1, 2, -1, 5, 4, 3, -3, -2, -1], shape: [3, 3])
    let share = try Proportion.classAccuracy(logits: logits, wanted: [1, 1, 2])
    #expect(share.right == 2 && share.count == 3)
    for wanted in [[], [1, 1], [1, 1, 3], [-1, 0, 0]] {
      let error = #expect(throws: PeregrineError.self) {
        try Proportion.classAccuracy(logits: logits, wanted: wanted)
      }
      #expect(error?.code == .usage)
    }
  }
}
