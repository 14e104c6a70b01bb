/// P values of several tests, corrected so that the probability of any false positive stays at the
/// stated level.
///
/// - Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
public enum HolmCorrection {
  /// The corrected values, in the order of the given ones.
  public static func adjusted(_ pValues: [Double]) -> [Double] {
    var adjusted = pValues
    var largest = 0.0
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    for (rank, index) in order.enumerated() {
      largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
      adjusted[index] = largest
    }
    return adjusted
  }
}
