import Diagnostics
import DiffusionMath
import Tensors

/// The squared maximum mean discrepancy under the cubic kernel (x·y/width + 1)³: KID on Inception's
/// features, KDD on DINOv2's.
///
/// Every estimate is unbiased and can therefore be negative. The estimates differ in cost and in
/// the meaning of their spread; only disjoint blocks give a standard error.
/// - Source: Bińkowski et al. 2018, arXiv 1801.01401.
public struct KernelDistance: Sendable, Codable, Equatable {
  /// The estimate.
  public let value: Double
  /// The error or spread of the estimate; `nil` when there is only one estimate.
  public let error: Double?
  /// The meaning of ``error``, in words.
  public let errorMeaning: String?
  /// The number of estimates that were averaged.
  public let blockCount: Int
  /// The number of pictures on each side of each estimate.
  public let blockSize: Int

  /// The default number of pictures per block: 1,000, or fewer so that five blocks are possible.
  public static func usualBlockSize(generated: Int, reference: Int) -> Int {
    min(1_000, min(generated, reference) / 5)
  }

  /// The mean over disjoint blocks, with its standard error.
  ///
  /// Both sides are shuffled once and cut into blocks; the remainder is not used.
  /// - Parameters:
  ///   - generated: features `[pictures, width]`.
  ///   - reference: features of the same width.
  ///   - blockSize: the number of pictures of each side in a block; see
  ///     ``usualBlockSize(generated:reference:)``.
  ///   - seed: the seed of the random order.
  /// - Throws: `.usage` when fewer than two blocks are possible or a block has fewer than two
  ///   pictures.
  public static func overBlocks(
    generated: Tensor, reference: Tensor, blockSize: Int, seed: UInt64
  ) throws -> KernelDistance {
    let pair = try Pair(generated: generated, reference: reference)
    let blockCount = blockSize > 1 ? pair.smallerCount / blockSize : 0
    guard blockCount > 1 else {
      throw PeregrineError(
        .usage, doing: Pair.doing,
        found: "blocks of \(blockSize) pictures, with \(pair.smallerCount) on the smaller side",
        expected: "at least two blocks of at least two pictures",
        advice: "Use more pictures, smaller blocks, or the estimate over all pairs without error.")
    }
    let orders = pair.orders(seed: seed, index: 0)
    let estimates = try (0..<blockCount).map { block in
      let places = block * blockSize..<(block + 1) * blockSize
      return try pair.estimate(
        generated: orders.generated[places], reference: orders.reference[places])
    }
    let spread = Spread(estimates)
    return KernelDistance(
      value: spread.mean,
      error: (spread.squares / Double(blockCount - 1) / Double(blockCount)).squareRoot(),
      errorMeaning: "standard error over \(blockCount) disjoint blocks of \(blockSize)",
      blockCount: blockCount, blockSize: blockSize)
  }

  /// The mean over random subsets, as public implementations report it.
  ///
  /// Subsets overlap, so their spread is not an error of the mean: it says how much a single subset
  /// varies.
  /// - Throws: `.usage` when a subset has fewer than two pictures, or more than available.
  public static func overSubsets(
    generated: Tensor, reference: Tensor, subsetSize: Int = 1_000, subsetCount: Int = 100,
    seed: UInt64
  ) throws -> KernelDistance {
    let pair = try Pair(generated: generated, reference: reference)
    guard subsetSize > 1, subsetSize <= pair.smallerCount, subsetCount > 0 else {
      throw PeregrineError(
        .usage, doing: Pair.doing,
        found: "\(subsetCount) subsets of \(subsetSize) pictures, with \(pair.smallerCount) on the"
          + " smaller side",
        expected: "at least one subset of two pictures or more",
        advice: "Use more pictures or smaller subsets.")
    }
    let estimates = try (0..<subsetCount).map { subset in
      let orders = pair.orders(seed: seed, index: subset)
      return try pair.estimate(
        generated: orders.generated[..<subsetSize], reference: orders.reference[..<subsetSize])
    }
    let spread = Spread(estimates)
    return KernelDistance(
      value: spread.mean, error: (spread.squares / Double(subsetCount)).squareRoot(),
      errorMeaning:
        "std over \(subsetCount) overlapping subsets of \(subsetSize), no standard error",
      blockCount: subsetCount, blockSize: subsetSize)
  }

  /// The estimate from all pairs of pictures, without an error; the most precise value.
  ///
  /// - Throws: `.usage` with fewer than two pictures on a side.
  public static func overAllPairs(generated: Tensor, reference: Tensor) throws -> KernelDistance {
    let pair = try Pair(generated: generated, reference: reference)
    guard pair.smallerCount > 1 else {
      throw PeregrineError(
        .usage, doing: Pair.doing, found: "one picture on a side", expected: "at least two")
    }
    return KernelDistance(
      value: try pair.estimate(), error: nil, errorMeaning: nil, blockCount: 1,
      blockSize: pair.smallerCount)
  }

  private struct Spread {
    let mean: Double
    /// The sum of squared differences from the mean.
    let squares: Double

    init(_ values: [Double]) {
      let mean = values.reduce(0, +) / Double(values.count)
      squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      self.mean = mean
    }
  }
}

/// Two sets of features of equal width.
private struct Pair {
  static let doing = "computing a kernel distance"
  let generated: FeatureRows
  let reference: FeatureRows

  init(generated: Tensor, reference: Tensor) throws {
    self.generated = try FeatureRows(generated, doing: Self.doing)
    self.reference = try FeatureRows(reference, doing: Self.doing)
    try checkSameWidth(self.generated.width, self.reference.width, doing: Self.doing)
  }

  var smallerCount: Int { min(generated.count, reference.count) }

  /// A random order of each side.
  func orders(seed: UInt64, index: Int) -> (generated: [Int], reference: [Int]) {
    var first = RandomStream(
      seed: seed, purpose: "metrics/kernel/generated", index: UInt64(index))
    var second = RandomStream(
      seed: seed, purpose: "metrics/kernel/reference", index: UInt64(index))
    return (first.permutation(generated.count), second.permutation(reference.count))
  }

  /// The unbiased estimate from the rows with the given indices.
  func estimate(generated places: ArraySlice<Int>, reference others: ArraySlice<Int>) throws
    -> Double
  {
    let x = try generated.rows(at: places)
    let y = try reference.rows(at: others)
    return try combined(
      within: kernelSum(x, x) - diagonalSum(x), places.count,
      kernelSum(y, y) - diagonalSum(y), others.count, between: kernelSum(x, y))
  }

  /// The unbiased estimate from all rows.
  func estimate() throws -> Double {
    try combined(
      within: withinSum(generated), generated.count, withinSum(reference), reference.count,
      between: betweenSum(generated, reference))
  }

  private func combined(
    within x: Double, _ countX: Int, _ y: Double, _ countY: Int, between: Double
  ) -> Double {
    let (n, m) = (Double(countX), Double(countY))
    return x / (n * (n - 1)) + y / (m * (m - 1)) - 2 * between / (n * m)
  }

  /// The mean over all pairs of different rows.
  private func withinSum(_ rows: FeatureRows) throws -> Double {
    let diagonal = try rows.blocks.reduce(0) { try $0 + diagonalSum(rows.block($1)) }
    return try betweenSum(rows, rows) - diagonal
  }

  private func betweenSum(_ first: FeatureRows, _ second: FeatureRows) throws -> Double {
    var sum = 0.0
    for range in first.blocks {
      let block = try first.block(range)
      for other in second.blocks { sum += try kernelSum(block, second.block(other)) }
    }
    return sum
  }

  private func kernelSum(_ x: Tensor, _ y: Tensor) throws -> Double {
    try kernel(x.matmul(y.permuted([1, 0])))
  }

  private func diagonalSum(_ x: Tensor) throws -> Double { try kernel(x.squared().sum([1])) }

  /// The sum of (product/width + 1)³.
  private func kernel(_ products: Tensor) throws -> Double {
    let base = try products / Double(generated.width) + 1
    return try (base.squared() * base).sum().item()
  }
}
