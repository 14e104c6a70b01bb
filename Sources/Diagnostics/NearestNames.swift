/// The known names closest to a mistyped one, best first, for "did you mean" messages.
///
/// - Complexity: O(total length of `known` × length of `name`).
public func nearestNames(to name: String, among known: [String], most count: Int = 3) -> [String] {
  let limit = max(2, name.count / 3)
  return
    known
    .map { (name: $0, distance: editDistance(name, $0)) }
    .filter { $0.distance <= limit || $0.name.contains(name) || name.contains($0.name) }
    .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    .prefix(count)
    .map(\.name)
}

/// Levenshtein distance: insertions, deletions and substitutions, each costing 1.
func editDistance(_ first: String, _ second: String) -> Int {
  let columns = Array(second)
  var previous = Array(0...columns.count)
  for (row, character) in first.enumerated() {
    var current = [row + 1]
    for (column, other) in columns.enumerated() {
      let substitution = previous[column] + (character == other ? 0 : 1)
      current.append(min(substitution, previous[column + 1] + 1, current[column] + 1))
    }
    previous = current
  }
  return previous[columns.count]
}
