import Samples

extension [Condition] {
  /// Classes, where the number of classes itself stands for "no class".
  public init(classes labels: [Int], of count: Int) {
    self = labels.map { Condition(label: $0, of: count) }
  }
}
