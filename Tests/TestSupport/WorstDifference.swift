/// The largest difference of two lists; infinite if their lengths differ.
package func worstDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).map { abs($0 - $1) }.max() ?? 0
}
