import Diagnostics
import Tensors

/// Checked features, one row per picture, converted to float64 block by block.
///
/// So 50,000 float32 rows never need a complete copy in float64.
struct FeatureRows {
  /// The number of rows converted at a time.
  static let blockSize = 2_048

  /// The features as given, `[count, width]`.
  let features: Tensor
  let count: Int
  let width: Int
  private let isNormalised: Bool

  /// Checks that the features are a matrix of finite numbers with at least one row and column.
  ///
  /// - Parameters:
  ///   - doing: what the features are for, for messages.
  ///   - isNormalised: whether rows are scaled to length 1 when they are converted.
  ///   - firstRow: the number of the first row, for messages.
  /// - Throws: `.shapeMismatch`; `.nonFinite`, or `.badData` for a row of zeros, which has no
  ///   direction. Both name the row.
  init(_ features: Tensor, doing: String, isNormalised: Bool = false, firstRow: Int = 0) throws {
    guard features.shape.count == 2, features.count > 0, features.dtype.isFloatingPoint else {
      throw PeregrineError(
        .shapeMismatch, doing: doing, found: "features \(features.shape) \(features.dtype)",
        expected: "floating-point features [pictures, width], at least one")
    }
    self.features = try features.detached()
    count = features.shape[0]
    width = features.shape[1]
    self.isNormalised = isNormalised
    for range in blocks { try check(range, firstRow, doing: doing) }
  }

  private func check(_ range: Range<Int>, _ firstRow: Int, doing: String) throws {
    let rows = try features.sliced(0, range).to(.float64)
    let sums = try rows.magnitude().sum([1]).scalars(Double.self)
    if let row = sums.firstIndex(where: { !$0.isFinite }) {
      throw PeregrineError(
        .nonFinite, doing: doing,
        found: "NaN or infinity in row \(firstRow + range.lowerBound + row)",
        expected: "finite features",
        advice: "Look at that picture, and at the weights of the feature network.")
    }
    if isNormalised, let row = sums.firstIndex(of: 0) {
      throw PeregrineError(
        .badData, doing: doing, found: "only zeros in row \(firstRow + range.lowerBound + row)",
        expected: "features with a direction",
        advice: "Use Euclidean distances, or look at that picture.")
    }
  }

  /// The row indices in order, cut into blocks.
  var blocks: [Range<Int>] { Self.blocks(of: count) }

  /// `0..<count` cut into blocks.
  static func blocks(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: blockSize).map { $0..<min($0 + blockSize, count) }
  }

  /// Consecutive rows in float64.
  func block(_ range: Range<Int>) throws -> Tensor {
    try converted(features.sliced(0, range))
  }

  /// The rows with the given indices, in float64.
  func rows(at places: some Sequence<Int>) throws -> Tensor {
    let indices = places.map(Int64.init)
    let selection = try Tensor(indices, shape: [indices.count], device: features.device)
    return try converted(features.selecting(0, selection))
  }

  private func converted(_ rows: Tensor) throws -> Tensor {
    let rows = try rows.to(.float64)
    guard isNormalised else { return rows }
    return try rows / rows.squared().sum([1], keepingDims: true).squareRoot()
  }
}

/// Refuses features of two different networks.
///
/// - Throws: `.shapeMismatch` when the widths differ.
func checkSameWidth(_ generated: Int, _ reference: Int, doing: String) throws {
  guard generated != reference else { return }
  throw PeregrineError(
    .shapeMismatch, doing: doing,
    found: "generated features of width \(generated) and a reference of width \(reference)",
    expected: "the same width",
    advice: "Compute both with the same feature network and output.")
}
