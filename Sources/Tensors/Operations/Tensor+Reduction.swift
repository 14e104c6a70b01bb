import CTorch

/// Sums, means and extremes over some dimensions, or over all when none is named.
extension Tensor {
  /// The sum.
  public func sum(_ dims: [Int] = [], keepingDims: Bool = false) throws -> Tensor {
    try reduce(CT_SUM, "summing", dims, keepingDims)
  }
  /// The mean.
  public func mean(_ dims: [Int] = [], keepingDims: Bool = false) throws -> Tensor {
    try reduce(CT_MEAN, "averaging", dims, keepingDims)
  }
  /// The variance with divisor n.
  public func variance(_ dims: [Int] = [], keepingDims: Bool = false) throws -> Tensor {
    try reduce(CT_VARIANCE, "taking the variance of", dims, keepingDims)
  }
  /// The largest element.
  public func max(_ dims: [Int] = [], keepingDims: Bool = false) throws -> Tensor {
    try reduce(CT_AMAX, "taking the maximum of", dims, keepingDims)
  }
  /// The smallest element.
  public func min(_ dims: [Int] = [], keepingDims: Bool = false) throws -> Tensor {
    try reduce(CT_AMIN, "taking the minimum of", dims, keepingDims)
  }
  /// Whether all elements are true.
  public func all() throws -> Bool {
    try reduce(CT_ALL, "checking", [], false).scalars(Bool.self)[0]
  }
  /// The index of the largest element along a dimension.
  public func indexOfMaximum(_ dim: Int) throws -> Tensor {
    try reduce(CT_ARGMAX, "finding the maximum of", [dim], false)
  }
  /// The order that sorts the elements along a dimension, ascending and stable; dtype int64.
  public func sortingOrder(_ dim: Int) throws -> Tensor {
    try make("sorting a tensor along \(dim)", [self]) { ct_argsort(handle, Int64(dim), $0, $1) }
  }

  private func reduce(_ operation: Int, _ doing: String, _ dims: [Int], _ keep: Bool) throws
    -> Tensor
  {
    try dims.withSizes { dims, count in
      try make("\(doing) a tensor", [self]) {
        ct_reduce(Int32(operation), handle, dims, count, keep ? 1 : 0, $0, $1)
      }
    }
  }
}
