import Diagnostics
import FileAccess
import Foundation

/// The file that an evaluation writes: what was scored, its scores, and when and where.
public struct ScoreRecord: Sendable, Codable, Equatable {
  /// The version of the file format; other versions are refused.
  public static let formatVersion = 1

  /// The version of this file.
  public let formatVersion: Int
  /// What was scored: run, checkpoint, weights, seed. May differ between compared records.
  public let subject: [String: String]
  /// The scores, in the order of the evaluation.
  public let scores: [Score]
  /// When, where and how long; not compared.
  public let made: [String: String]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case formatVersion = "format_version"
    case subject, scores, made
  }

  /// A record of this version.
  public init(subject: [String: String], scores: [Score], made: [String: String]) {
    formatVersion = Self.formatVersion
    self.subject = subject
    self.scores = scores
    self.made = made
  }

  /// Reads a record.
  ///
  /// - Throws: `.missingInput` or `.io` without the file, `.badData` for anything but a complete
  ///   record of this version.
  public init(contentsOf url: URL) throws {
    let doing = "reading the scores `\(url.path)`"
    let data = try readFile(url, doing: doing)
    func refused(_ found: String, cause: (any Error)? = nil) -> PeregrineError {
      PeregrineError(
        .badData, doing: doing, found: found,
        expected: "a record of scores of format version \(Self.formatVersion)",
        advice: "Name a file that an evaluation has written.", cause: cause)
    }
    do { try JSONRecord.checkNesting(of: data) } catch { throw refused(error.found) }
    guard let fields = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw refused("no JSON object")
    }
    let version = CodingKeys.formatVersion.rawValue
    guard let found = fields[version] else { throw refused("a JSON object without `\(version)`") }
    guard found as? Int == Self.formatVersion else { throw refused("`\(version)` \(found)") }
    let known = Set(CodingKeys.allCases.map(\.rawValue))
    if let other = fields.keys.sorted().first(where: { !known.contains($0) }) {
      throw refused("the unknown field `\(other)`")
    }
    do {
      self = try JSONRecord.decode(from: data)
    } catch {
      throw refused("\(error)")
    }
  }

  /// Writes the record atomically: an existing file is only replaced by a complete one.
  ///
  /// - Throws: `.io`.
  public func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self) + Data("\n".utf8), to: url)
  }
}
