extension Sequence<Int> {
  /// The sum; `nil` if it does not fit into an `Int`.
  public var checkedSum: Int? {
    var sum = 0
    for value in self {
      let (next, overflow) = sum.addingReportingOverflow(value)
      if overflow { return nil }
      sum = next
    }
    return sum
  }

  /// The product; `nil` if it does not fit into an `Int`.
  public var checkedProduct: Int? {
    var product = 1
    for value in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: value)
      if overflow { return nil }
      product = next
    }
    return product
  }
}
