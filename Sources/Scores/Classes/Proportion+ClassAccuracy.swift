import Diagnostics
import Tensors

extension Proportion {
  /// The share of pictures whose most likely class is the requested one.
  ///
  /// - Parameters:
  ///   - logits: one number per class, `[pictures, classes]`.
  ///   - wanted: the requested class of each picture.
  /// - Throws: `.usage` unless there is one requested class for each picture, among the classes of
  ///   the classifier; `.shapeMismatch`, `.nonFinite`.
  public static func classAccuracy(logits: Tensor, wanted: [Int]) throws -> Proportion {
    let doing = "computing class accuracy"
    let rows = try FeatureRows(logits, doing: doing)
    guard wanted.count == rows.count, wanted.allSatisfy((0..<rows.width).contains) else {
      throw PeregrineError(
        .usage, doing: doing,
        found: "\(rows.count) pictures of \(rows.width) classes, and \(wanted.count) wanted"
          + " classes up to \(wanted.max() ?? 0)",
        expected: "a class of the classifier for each picture")
    }
    let found = try rows.features.indexOfMaximum(1).scalars(Int64.self)
    return Proportion(right: zip(found, wanted).count { $0 == $1 }, count: wanted.count)
  }
}
