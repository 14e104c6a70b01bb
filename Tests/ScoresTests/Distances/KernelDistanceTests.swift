import Diagnostics
import Scores
import Tensors
import TestSupport
import Testing

struct KernelDistanceTests {
  /// Every pair, one by one.
  private func enumerated(_ x: PlainArray, _ y: PlainArray) -> Double {
    let width = x.shape[1]
    func kernel(_ a: PlainArray, _ i: Int, _ b: PlainArray, _ j: Int) -> Double {
      let product = (0..<width).reduce(0) { $0 + a[[i, $1]] * b[[j, $1]] }
      let base = product / Double(width) + 1
      return base * base * base
    }
    let (n, m) = (x.shape[0], y.shape[0])
    var (within, own, between) = (0.0, 0.0, 0.0)
    for i in 0..<n { for j in 0..<n where i != j { within += kernel(x, i, x, j) } }
    for i in 0..<m { for j in 0..<m where i != j { own += kernel(y, i, y, j) } }
    for i in 0..<n { for j in 0..<m { between += kernel(x, i, y, j) } }
    return within / Double(n * (n - 1)) + own / Double(m * (m - 1)) - 2 * between / Double(n * m)
  }

  @Test(arguments: [(2, 2), (5, 9), (12, 3)]) func equalsEnumeration(n: Int, m: Int) throws {
    let x = PlainArray.example([n, 4])
    let y = PlainArray.example([m, 4], phase: 0.3)
    let found = try KernelDistance.overAllPairs(generated: x.tensor(), reference: y.tensor())
    let expected = enumerated(x, y)
    #expect(relativeError(found.value, expected) < 1e-12)
    #expect(found.error == nil && found.errorMeaning == nil)
  }

  /// More rows than are converted at a time, against a block that holds them all.
  @Test func blocksOfRowsAddUp() throws {
    let x = try normalFeatures(2_100, width: 3, seed: 21)
    let y = try normalFeatures(2_100, width: 3, shift: 0.5, seed: 22)
    let pairs = try KernelDistance.overAllPairs(generated: x, reference: y)
    let subset = try KernelDistance.overSubsets(
      generated: x, reference: y, subsetSize: 2_100, subsetCount: 1, seed: 0)
    #expect(relativeError(pairs.value, subset.value) < 1e-9)
  }

  @Test func blocksDependOnTheSeedAlone() throws {
    let x = try normalFeatures(60, width: 3, seed: 11)
    let y = try normalFeatures(47, width: 3, shift: 0.5, seed: 12)
    let found = try KernelDistance.overBlocks(generated: x, reference: y, blockSize: 9, seed: 5)
    #expect(found.blockCount == 5 && found.blockSize == 9)
    #expect(found.errorMeaning == "standard error over 5 disjoint blocks of 9")
    let again = try KernelDistance.overBlocks(generated: x, reference: y, blockSize: 9, seed: 5)
    #expect(again == found)
    let other = try KernelDistance.overBlocks(generated: x, reference: y, blockSize: 9, seed: 6)
    #expect(other != found)
  }

  /// One row among ones changes the block that it is in: the same whichever row it is. A block has
  /// 8 + 1 − 2 = 7 without it, and 36 + 1 − 2 = 35 with it.
  @Test func disjointBlocksUseEachRowOnce() throws {
    let zeros = try Tensor.zeros([12, 2])
    let values = try (0..<12).flatMap { row in
      let outlier = try PlainArray([12, 2]) { $0[0] == row ? 3 : 1 }.tensor()
      return try [(outlier, zeros), (zeros, outlier)].map {
        try KernelDistance.overBlocks(generated: $0.0, reference: $0.1, blockSize: 4, seed: 8).value
      }
    }
    #expect(values.count == 24)
    #expect(values.allSatisfy { abs($0 - (35 + 7 + 7) / 3.0) < 1e-12 })
  }

  /// E k(p, q) for X ~ N(a, I), Y ~ N(b, I): unbiased, and the standard error is right.
  @Test func agreesWithTheClosedFormForNormalFeatures() throws {
    let width = 6.0
    func expectedKernel(_ p: [Double], _ q: [Double]) -> Double {
      let product = zip(p, q).reduce(0) { $0 + $1.0 * $1.1 }
      let m = product / width
      let squares = (p + q).reduce(0) { $0 + $1 * $1 }
      let v = (width + squares) / (width * width)
      return (m + 1) * (m + 1) * (m + 1) + 3 * (m + 1) * v
        + 6 * product / (width * width * width)
    }
    let a = [Double](repeating: 0.2, count: 6)
    let b = [0.5, -0.4, 0.3, 0, 0.9, 0.1]
    let ones = [Double](repeating: 1, count: 6)
    let expected = expectedKernel(a, a) + expectedKernel(b, b) - 2 * expectedKernel(a, b)
    let found = try KernelDistance.overBlocks(
      generated: normalFeatures(20_000, means: a, scales: ones, seed: 13),
      reference: normalFeatures(20_000, means: b, scales: ones, seed: 14), blockSize: 500, seed: 1)
    let error = try #require(found.error)
    print("kernel distance: \(found.value) ± \(error), expected \(expected)")
    #expect(abs(found.value - expected) < 3 * error)
    #expect(error < 0.05 * expected)
  }

  /// Draws of one distribution: the error says how much the estimates vary, and zero is covered.
  @Test func standardErrorsAreHonest() throws {
    let estimates = try (0..<60).map { draw in
      try KernelDistance.overBlocks(
        generated: normalFeatures(400, width: 4, seed: UInt64(2 * draw)),
        reference: normalFeatures(400, width: 4, seed: UInt64(2 * draw + 1)), blockSize: 80,
        seed: 3)
    }
    let mean = estimates.reduce(0) { $0 + $1.value } / 60
    let spread = (estimates.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / 59)
      .squareRoot()
    let stated = (estimates.reduce(0) { $0 + ($1.error ?? 0) * ($1.error ?? 0) } / 60)
      .squareRoot()
    print("kernel distance: spread \(spread), stated \(stated), mean \(mean)")
    #expect(stated / spread > 0.7 && stated / spread < 1.4)
    #expect(abs(mean) < 4 * spread / 60.0.squareRoot())
    #expect(estimates.contains { $0.value < 0 })
  }

  @Test func subsetsAreNamedForWhatTheyAre() throws {
    let x = try normalFeatures(300, width: 4, seed: 15)
    let y = try normalFeatures(200, width: 4, shift: 0.4, seed: 16)
    let subsets = try KernelDistance.overSubsets(
      generated: x, reference: y, subsetSize: 50, subsetCount: 40, seed: 2)
    let pairs = try KernelDistance.overAllPairs(generated: x, reference: y)
    let deviation = try #require(subsets.error)
    #expect(abs(subsets.value - pairs.value) < deviation)
    #expect(subsets.errorMeaning?.contains("std over 40") == true)
    // Subsets of everything are all the same.
    let all = try KernelDistance.overSubsets(
      generated: y, reference: y, subsetSize: 200, subsetCount: 3, seed: 2)
    #expect((all.error ?? 1) < 1e-12)
  }

  @Test func unfitInputIsRefused() throws {
    let x = try normalFeatures(30, width: 3, seed: 1)
    let narrow = try normalFeatures(30, width: 2, seed: 1)
    for blockSize in [-1, 0, 1, 16, 1_000] {
      let error = #expect(throws: PeregrineError.self) {
        try KernelDistance.overBlocks(generated: x, reference: x, blockSize: blockSize, seed: 0)
      }
      #expect(error?.code == .usage)
    }
    for (size, count) in [(31, 5), (1, 5), (10, 0)] {
      #expect(throws: PeregrineError.self) {
        try KernelDistance.overSubsets(
          generated: x, reference: x, subsetSize: size, subsetCount: count, seed: 0)
      }
    }
    #expect(throws: PeregrineError.self) {
      try KernelDistance.overAllPairs(generated: x, reference: x.sliced(0, 0..<1))
    }
    let error = #expect(throws: PeregrineError.self) {
      try KernelDistance.overAllPairs(generated: x, reference: narrow)
    }
    #expect(error?.code == .shapeMismatch)
    #expect(KernelDistance.usualBlockSize(generated: 50_000, reference: 10_000) == 1_000)
    #expect(KernelDistance.usualBlockSize(generated: 50_000, reference: 640) == 128)
  }
}
