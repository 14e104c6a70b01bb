import Diagnostics

/// Which class of one set of classes is which of another: the one of the same name.
///
/// Two datasets with the same classes may number them differently. Datasets without class names
/// have the numbers from 0 on as names, so a folder of classes `0` … `11`, which sorts as `0`, `1`,
/// `10`, `11`, `2` …, still finds its classes. Numbers are matched with names only if there is no other
/// way, and then the protocol says so.
struct ClassCorrespondence {
  /// Whether a side without class names made the numbers decide.
  let isByNumber: Bool
  private let places: [Int]

  /// A set of classes and what it belongs to, such as "the pictures".
  typealias Side = (names: [String], owner: String)

  /// Finds the class of `other` for each class of `own`.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for other classes, naming one.
  init(of own: Side, among other: Side, doing: String, advice: String = "") throws {
    let places = Dictionary(other.names.enumerated().map { (ExactName($1), $0) }) { first, _ in
      first
    }
    let (ownNumbers, otherNumbers) = (Self.areNumbers(own.names), Self.areNumbers(other.names))
    isByNumber = ownNumbers || otherNumbers
    if own.names.elementsEqual(other.names, by: { $0.isExactly($1) }), !own.names.isEmpty {
      self.places = Array(own.names.indices)
      return
    }
    // The highest class without a name is the highest that occurs, so there may be fewer.
    let mayBeSame = own.names.count == other.names.count || ownNumbers
    let found = own.names.compactMap { places[ExactName($0)] }
    if mayBeSame, !found.isEmpty, found.count == own.names.count, Set(found).count == found.count {
      self.places = found
      return
    }
    let named = ownNumbers ? other.names : own.names
    guard ownNumbers != otherNumbers, own.names.count == other.names.count,
      !named.allSatisfy({ Int($0) != nil })
    else { throw Self.difference(own, other, doing, advice) }
    self.places = Array(own.names.indices)
  }

  /// The other set's number of a class.
  func callAsFunction(_ label: Int) -> Int { places[label] }

  /// Whether the names are the numbers from 0 on, as datasets without class names have them.
  private static func areNumbers(_ names: [String]) -> Bool {
    !names.isEmpty && names.enumerated().allSatisfy { $1 == "\($0)" }
  }

  private static func difference(
    _ own: Side, _ other: Side, _ doing: String, _ advice: String
  ) -> PeregrineError {
    let known = Set(other.names.map(ExactName.init))
    let lost = own.names.first { !known.contains(ExactName($0)) }
    let named = lost.map { ", without `\($0)`" } ?? ""
    return PeregrineError(
      .usage, doing: doing,
      found: "\(own.names.count) classes in \(own.owner) and \(other.names.count) in \(other.owner)"
        + (other.names.isEmpty ? "" : named),
      expected: "the same classes in both, \(other.names.count) of them", advice: advice)
  }
}
