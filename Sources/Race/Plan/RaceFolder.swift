import Diagnostics
import FileAccess
import Foundation
import RunFiles

/// The folder of a race and the locations of its files.
public struct RaceFolder: Sendable {
  /// The folder.
  public let url: URL
  /// The folder of the runs; several races may share it.
  public let runs: URL

  /// Refers to a folder that may or may not exist.
  ///
  /// - Parameter runs: the folder of the runs; by default `runs` inside this folder.
  public init(_ url: URL, runs: URL? = nil) {
    self.url = url
    self.runs = runs ?? url.appendingPathComponent("runs")
  }

  /// The plan, frozen before the first run.
  public var plan: URL { url.appendingPathComponent("plan.json") }
  /// The claim as it was when the race was planned.
  public var claim: URL { url.appendingPathComponent("claim.yaml") }
  /// Everything that the judgement found.
  public var record: URL { url.appendingPathComponent("race.json") }
  /// The same as text for people, the verdict first.
  public var summary: URL { url.appendingPathComponent("race.md") }
  /// A table with a line for each run.
  public var table: URL { url.appendingPathComponent("runs.csv") }
  /// The page with the figures.
  public var report: URL { url.appendingPathComponent("report.html") }

  /// The folder of a run by its name.
  public func run(_ name: String) -> RunLayout { RunLayout(runs.appendingPathComponent(name)) }

  /// Whether a race was planned here.
  public var hasPlan: Bool { FileManager.default.fileExists(atPath: plan.path) }

  /// Reads the plan.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` without a plan, `.badData` for one that cannot be
  ///   read.
  public func readPlan() throws -> RacePlan {
    guard hasPlan else {
      throw PeregrineError(
        .missingInput, doing: "reading the plan of the race `\(url.path)`", found: "none",
        advice:
          "Plan it first: `peregrine race plan CLAIM --out \(ShellCommand.quoted(path: url.path))`."
      )
    }
    do {
      return try JSONRecord.decode(from: Data(contentsOf: plan))
    } catch {
      throw PeregrineError(
        .badData, doing: "reading the plan `\(plan.path)`", found: "a damaged file",
        expected: "what `peregrine race plan` writes",
        advice: "Restore it; a new plan would not be the one that the runs were made for.",
        cause: error)
    }
  }

  /// Stores the plan and the claim's text, which do not change afterwards.
  public func write(_ plan: RacePlan, claim text: String) throws {
    try AtomicFile.write(Data(text.utf8), to: claim)
    try AtomicFile.write(Self.json(plan), to: self.plan)
  }

  /// JSON with sorted keys, so that equal content gives equal bytes.
  static func json(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try encoder.encode(value) + Data("\n".utf8)
  }

  /// Reads what ``json(_:)`` wrote, including NaN and infinity.
  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }
}

extension RaceFolder {
  /// Writes `race.json`, `race.md` and `runs.csv`.
  public func write(_ record: RaceRecord) throws {
    try AtomicFile.write(Self.json(record), to: self.record)
    try AtomicFile.write(Data(record.markdown().utf8), to: summary)
    try AtomicFile.write(Data(record.csv().utf8), to: table)
  }

  /// Reads the judgement.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` or `.badData`.
  public func readRecord() throws -> RaceRecord {
    let data = try readFile(record, doing: "reading what `\(url.path)` was judged as")
    do {
      return try JSONRecord.decode(from: data, by: Self.decoder)
    } catch {
      throw PeregrineError(
        .badData, doing: "reading `\(record.path)`", found: "a damaged file",
        advice: "Judge again: `peregrine race judge`.", cause: error)
    }
  }
}
