extension ScoreRecord {
  /// The protocol fields that have the same value in all scores, in the first score's order.
  public var sharedProtocol: [ScoreProtocol.Field] {
    guard let first = scores.first else { return [] }
    return first.protocolRecord.fields.filter { field in
      scores.allSatisfy { $0.protocolRecord[field.name] == field.value }
    }
  }
}
