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
  ///   - classNames: the classes of the model.
  ///   - reference: the pictures from which the policy ``reference`` takes the classes, by name.
  /// - Throws: ``PeregrineError`` `.usage` if these have no classes, or other classes.
  public func labels(
    classNames: [String], seed: UInt64, reference pictures: (any PictureDataset)?
  ) throws -> (Int) -> Int {
    let classCount = classNames.count
    switch self {
    case .balanced:
      return { $0 % max(classCount, 1) }
    case .uniform:
      return { index in
        var stream = RandomStream(seed: seed, purpose: "evaluation/label", index: UInt64(index))
        return min(Int(stream.uniform() * Double(classCount)), max(classCount, 1) - 1)
      }
    case .reference:
      let match = try Self.match(pictures, with: classNames)
      guard let pictures, let match else { return { _ in 0 } }
      let labels = try (0..<pictures.summary.count).map { try match(pictures.label(at: $0)) }
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

  /// The policy in the protocol of a score.
  package func protocolText(
    classNames: [String], reference pictures: (any PictureDataset)?
  ) throws -> String {
    let text = "\(rawValue) over \(classNames.count) classes"
    guard self == .reference, try Self.match(pictures, with: classNames)?.isByNumber == true else {
      return text
    }
    return text + ", matched by number, for lack of names"
  }

  /// The model's class for each class of the reference; `nil` if both have none.
  private static func match(
    _ pictures: (any PictureDataset)?, with classNames: [String]
  ) throws -> ClassCorrespondence? {
    let names = pictures?.summary.classNames ?? []
    if let pictures, pictures.summary.classNames.isEmpty, classNames.isEmpty { return nil }
    return try ClassCorrespondence(
      of: (names, "the reference"), among: (classNames, "the model"),
      doing: "choosing the classes of an evaluation",
      advice: "Use the label policy `balanced` or `uniform`.")
  }
}
