import Diagnostics
import Foundation
import Nets
import Tensors

/// How much the results of two contenders differ for the same weights and inputs.
public struct Agreement: Codable, Equatable, Sendable {
  /// The contender that was compared with the first one.
  public var contender: String
  /// The root mean square of the predictions' difference, divided by that of the prediction.
  public var prediction: Double
  /// The relative differences of the training loss and of the gradients' norm.
  public var loss, gradientNorm: Double?
  /// The largest allowed difference.
  public var limit: Double

  /// The limit for a dtype: several roundings of bfloat16 in a row, or another order of summation
  /// in float32.
  static func limit(of dtype: String) -> Double { dtype == "bfloat16" ? 0.03 : 1e-3 }

  /// Compares two files of results.
  ///
  /// - Throws: ``PeregrineError`` `.failure` when the contenders compute different functions.
  public init(of contender: String, _ file: URL, with own: URL, dtype: String) throws {
    let (theirs, ours) = (try SafetensorsFile(file), try SafetensorsFile(own))
    func distance(_ name: String) throws -> Double? {
      guard ours.entries[name] != nil else { return nil }
      let (a, b) = (
        try theirs.tensor(name).scalars(Float.self), try ours.tensor(name).scalars(Float.self)
      )
      let squares = zip(a, b).reduce(into: (difference: 0.0, size: 0.0)) { sums, pair in
        sums.difference += Double((pair.0 - pair.1) * (pair.0 - pair.1))
        sums.size += Double(pair.1 * pair.1)
      }
      return a.count == b.count ? (squares.difference / squares.size).squareRoot() : .infinity
    }
    self.contender = contender
    limit = Self.limit(of: dtype)
    prediction = try distance("prediction") ?? .nan
    (loss, gradientNorm) = (try distance("loss"), try distance("gradient_norm"))
    // NaN is above every limit.
    let worst = [prediction, loss, gradientNorm].compactMap { $0 }
      .first { !($0 <= limit) }
    if let worst {
      throw PeregrineError(
        .failure, doing: "comparing what `\(contender)` computes with ours",
        found: "a relative difference of \(Readable.number(worst))",
        expected: "at most \(Readable.number(limit)) in \(dtype)",
        advice: "These are two different functions; their times say nothing about each other.")
    }
  }
}
