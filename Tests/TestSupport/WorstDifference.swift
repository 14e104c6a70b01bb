/// The greatest distance between two lists, infinite when their lengths differ.
package func worstDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).map { abs($0 - $1) }.max() ?? 0
}
