import Datasets
import Diagnostics
import DiffusionMath

/// How the classes of the pictures of an evaluation are chosen; part of its protocol.
///
/// Balanced labels alone change a published FID by 0.07, so a score without its policy says little.
public enum LabelPolicy: String, CaseIterable, Codable, Sendable {
  /// Every class in turn.
  case balanced
  /// A random class for each picture, uniform over all classes.
  case uniform
  /// Each class as often as in the reference pictures.
  case reference

  /// A function from the index of a picture to its class.
  ///
  /// - Parameters:
  ///   - seed: the seed of random classes; the class of picture `i` does not depend on the number
  ///     of pictures.
  ///   - reference: the pictures from which the policy ``reference`` takes the classes.
  /// - Throws: ``PeregrineError`` `.usage` if these have no classes, or other classes.
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
