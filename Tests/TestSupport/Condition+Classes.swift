import Samples

extension [Condition] {
  /// Creates conditions from class indices; an index equal to the number of classes means "no class".
  public init(classes labels: [Int], of count: Int) {
    self = labels.map { Condition(label: $0, of: count) }
  }
}
