import Diagnostics

/// A measure of the quality of pictures, with its protocol.
public struct Score: Sendable, Codable, Equatable {
  /// Which score this is.
  public let name: ScoreName
  /// The number.
  public let value: Double
  /// The error or spread of the value.
  public let error: Double?
  /// The meaning of ``error``, such as `standard error over 5 disjoint blocks`.
  public let errorMeaning: String?
  /// How it was measured; scores of different protocols are not compared.
  public let protocolRecord: ScoreProtocol

  enum CodingKeys: String, CodingKey {
    case name, value, error
    case errorMeaning = "error_meaning"
    case protocolRecord = "protocol"
  }

  /// A score without an error.
  ///
  /// - Throws: `.nonFinite` for NaN or infinity.
  public init(_ name: ScoreName, _ value: Double, protocolRecord: ScoreProtocol) throws {
    try self.init(name, value, error: nil, errorMeaning: nil, protocolRecord: protocolRecord)
  }

  /// A score with an error, or with `nil` for both when there is none.
  ///
  /// - Throws: `.nonFinite` for NaN or infinity, `.usage` for an error without a meaning.
  public init(
    _ name: ScoreName, _ value: Double, error: Double?, errorMeaning: String?,
    protocolRecord: ScoreProtocol
  ) throws {
    guard value.isFinite, error?.isFinite ?? true else {
      throw PeregrineError(
        .nonFinite, doing: "recording the score `\(name.rawValue)`",
        found: "\(value), error \(error ?? 0)", expected: "finite numbers",
        advice: "Check the features that it was computed from.")
    }
    guard (error == nil) == (errorMeaning == nil) else {
      throw PeregrineError(
        .usage, doing: "recording the score `\(name.rawValue)`",
        found: "an error without what it means, or the reverse", expected: "both or none")
    }
    self.name = name
    self.value = value
    self.error = error
    self.errorMeaning = errorMeaning
    self.protocolRecord = protocolRecord
  }

  /// The difference between this score and another of the same protocol.
  ///
  /// - Parameter varying: names of protocol fields that may differ.
  /// - Throws: `.usage` for scores with different names, or with protocols that differ in other
  ///   fields.
  public func difference(
    from other: Score, varying: Set<String> = []
  ) throws -> ScoreDifference {
    let doing = "comparing two scores"
    guard name == other.name else {
      throw PeregrineError(
        .usage, doing: doing, found: "`\(name.rawValue)` and `\(other.name.rawValue)`",
        expected: "the same score")
    }
    let differences = protocolRecord.differences(from: other.protocolRecord)
      .filter { !varying.contains($0.field) }
    guard differences.isEmpty else {
      let shown = differences.prefix(3).map(\.description).joined(separator: "; ")
      let rest = differences.count > 3 ? "; and \(differences.count - 3) more" : ""
      throw PeregrineError(
        .usage, doing: "\(doing) `\(name.rawValue)`",
        found: "unlike protocols (\(shown)\(rest))", expected: "the same protocol",
        advice: "Evaluate both in the same way, or name the fields that are meant to vary.")
    }
    return ScoreDifference(self, other)
  }
}

extension Score: CustomStringConvertible {
  /// `KID 0.0123 ± 0.0004 (standard error over 5 disjoint blocks of 1000)`.
  public var description: String {
    guard let error, let errorMeaning else {
      return "\(name.displayName) \(Readable.number(value))"
    }
    return "\(name.displayName) \(Readable.number(value, error: error)) (\(errorMeaning))"
  }
}
