import Diagnostics

/// Two records compared: the scores that both have, and their differences.
public struct ScoreComparison: Sendable, Equatable {
  /// One score that both records have.
  public struct Row: Sendable, Equatable {
    /// The score of the record.
    public let score: Score
    /// The score of the baseline.
    public let baseline: Score
    /// The record's score minus the baseline's.
    public let difference: ScoreDifference
  }

  /// The rows, in the record's order.
  public let rows: [Row]
  /// Scores that the baseline lacks, then scores that the record lacks.
  public let unpaired: [Score]

  /// Pairs scores by name. If a record has several scores with one name, such as distances in two
  /// feature spaces, those with matching protocols are paired.
  ///
  /// - Parameter varying: names of protocol fields that may differ.
  /// - Throws: `.usage` when nothing can be paired, or the protocols of a pair differ in other
  ///   fields.
  public init(
    _ record: ScoreRecord, against baseline: ScoreRecord, varying: Set<String> = []
  ) throws {
    var rows: [Int: Row] = [:]
    var rest = baseline.scores
    func pair(_ index: Int, where isPartner: (Score, Score) -> Bool) throws {
      let score = record.scores[index]
      guard rows[index] == nil, let place = rest.firstIndex(where: { isPartner(score, $0) })
      else { return }
      let difference = try score.difference(from: rest[place], varying: varying)
      rows[index] = Row(score: score, baseline: rest.remove(at: place), difference: difference)
    }
    for index in record.scores.indices {
      try pair(index) { $0.name == $1.name && isLike($0, $1, varying) }
    }
    // The remaining scores of one name have different protocols; the difference reports them.
    for index in record.scores.indices { try pair(index) { $0.name == $1.name } }
    guard !rows.isEmpty else {
      throw PeregrineError(
        .usage, doing: "comparing two records of scores",
        found: "\(names(record.scores)) and \(names(baseline.scores))",
        expected: "a score that both have", advice: "Evaluate both with the same scores.")
    }
    self.rows = record.scores.indices.compactMap { rows[$0] }
    unpaired = record.scores.indices.filter { rows[$0] == nil }.map { record.scores[$0] } + rest
  }
}

/// Whether all fields that may not vary are equal.
private func isLike(_ first: Score, _ second: Score, _ varying: Set<String>) -> Bool {
  first.protocolRecord.differences(from: second.protocolRecord)
    .allSatisfy { varying.contains($0.field) }
}

private func names(_ scores: [Score]) -> String {
  scores.isEmpty ? "none" : scores.map(\.name.rawValue).joined(separator: ", ")
}
