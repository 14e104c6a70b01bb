import Datasets
import Diagnostics
import DiffusionMath

/// Which classes the pictures of an evaluation are asked for; a part of its protocol.
///
/// Balanced labels alone move a published FID by 0.07, so a score without its policy says little.
public enum LabelPolicy: String, CaseIterable, Codable, Sendable {
  /// Every class in turn.
  case balanced
  /// Each picture's class drawn from all classes with equal chances.
  case uniform
  /// As often as in the reference pictures.
  case reference

  /// The class of each picture by its index.
  ///
  /// - Parameters:
  ///   - seed: keys the draws; picture `i` has the same class whatever the count.
  ///   - reference: the pictures that ``reference`` takes its classes from.
  /// - Throws: ``PeregrineError`` `.usage` when they have no classes, or other ones.
  public func labels(
    classCount: Int, seed: UInt64, reference pictures: (any PictureDataset)?
  ) throws -> (Int) -> Int {
    switch self {
    case .balanced:
      return { $0 % max(classCount, 1) }
    case .uniform:
      return { index in
        var stream = RandomStream(seed: seed, purpose: "evaluation/label", index: UInt64(index))
        return min(Int(stream.uniform() * Double(classCount)), max(classCount, 1) - 1)
      }
    case .reference:
      let found = pictures?.summary.classNames.count ?? 0
      guard let pictures, found == classCount else {
        throw PeregrineError(
          .usage, doing: "choosing the classes of an evaluation",
          found: "\(found) classes in the reference", expected: "the model's \(classCount)",
          advice: "Use the label policy `balanced` or `uniform`.")
      }
      let labels = try (0..<pictures.summary.count).map(pictures.label)
      let order = DataOrder(count: labels.count, seed: seed)
      var (epoch, permutation) = (0, order.permutation(ofEpoch: 0))
      return { index in
        if index / labels.count != epoch {
          epoch = index / labels.count
          permutation = order.permutation(ofEpoch: epoch)
        }
        return labels[permutation[index % labels.count]]
      }
    }
  }
}
