import Crypto
import Diagnostics
import FileAccess
import Foundation
import Synchronization

/// The `metrics.jsonl` of a run: one ``MetricRecord`` per line, each written at once.
///
/// Opening it prepares it for continuing from a checkpoint. Writing never throws and never ends a
/// run: what cannot be written is kept and written later. The first failure is passed to
/// `onFailure`, and what was lost is when the log is closed.
public final class MetricsLog: Sendable {
  private let file: AppendingFile
  private let written: Mutex<(bytes: Int, hash: SHA256)>

  /// A place in a log with the hash of everything before it, to notice later changes.
  public struct Mark: Codable, Equatable, Sendable {
    /// The number of bytes before the place.
    public let bytes: Int
    /// The SHA-256 of these bytes.
    public let sha256: String
  }

  /// Opens or creates the log.
  ///
  /// - Parameters:
  ///   - url: the file; its folder must exist.
  ///   - images: records with more images than this are dropped, because the run continues from
  ///     there; `nil` keeps all. An incomplete last line is dropped too. The file is rewritten
  ///     atomically, and only if something is dropped; the remaining lines are not changed.
  ///   - redone: a kind whose records with exactly this many images are dropped too, because they
  ///     will be written again.
  ///   - dropsDamage: whether damaged lines are dropped; otherwise they are an error.
  ///   - onFailure: called with the reason when records cannot be written, and when some were lost.
  /// - Throws: ``PeregrineError`` `.badData` as ``read(_:)``, `.io` when the file cannot be written.
  public convenience init(
    url: URL, keepingThrough images: Int? = nil, redoing redone: MetricRecord.Kind? = nil,
    dropsDamage: Bool = false,
    onFailure: @escaping @Sendable (PeregrineError) -> Void = { _ in }
  ) throws {
    var start = Data()
    if isOrdinaryFile(url) == true {
      let old = try Self.contents(of: url)
      let (lines, damage) = Self.lines(of: old, in: url)
      if let damage, !dropsDamage { throw damage }
      let kept = lines.filter { _, record in
        record.images <= images ?? .max && !(record.kind == redone && record.images == images)
      }
      let new = Data(kept.map { $0.bytes + [UInt8(ascii: "\n")] }.joined())
      if new != old { try AtomicFile.write(new, to: url) }
      start = new
    }
    self.init(try AppendingFile(url, onFailure: onFailure), after: start)
  }

  init(_ file: AppendingFile, after start: Data = Data()) {
    self.file = file
    var hash = SHA256()
    hash.update(data: start)
    written = Mutex((start.count, hash))
  }

  /// The end of what was logged so far.
  public var mark: Mark {
    written.withLock { Mark(bytes: $0.bytes, sha256: $0.hash.finalize().hexadecimal) }
  }

  /// Appends records, one line each, in a single write.
  public func append(_ records: MetricRecord...) { append(records) }

  /// Appends records, one line each, in a single write.
  public func append(_ records: [MetricRecord]) {
    do {
      let encoder = Self.encoder
      let lines = Data(try records.map { try encoder.encode($0) + [UInt8(ascii: "\n")] }.joined())
      written.withLock {
        $0.bytes += lines.count
        $0.hash.update(data: lines)
      }
      file.append(lines)
    } catch {
      file.onFailure(
        PeregrineError(
          .failure, doing: "encoding a line of `\(file.url.path)`",
          found: "a record that cannot be written", cause: error))
    }
  }

  /// Closes the log; later records are dropped.
  public func close() { file.close() }

  /// All records of a log, in order.
  ///
  /// An incomplete last line, left by a crash, is ignored.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` without the file, `.badData` with the number of
  ///   the first damaged line.
  public static func read(_ url: URL) throws -> [MetricRecord] {
    let contents = try salvage(url)
    if let damage = contents.damage { throw damage }
    return contents.records
  }

  /// What can be read of a log.
  public struct Contents {
    /// The records of all lines that are not damaged.
    public let records: [MetricRecord]
    /// Names the first damaged line; `nil` if there is none.
    public let damage: PeregrineError?
    /// Whether the last line is incomplete, because the program was killed while it wrote.
    public let isTorn: Bool
  }

  /// Reads what can be read of a log.
  ///
  /// - Parameter mark: a place up to which the log must be as it was written.
  /// - Throws: ``PeregrineError`` `.missingInput` without the file.
  public static func salvage(_ url: URL, since mark: Mark? = nil) throws -> Contents {
    let data = try contents(of: url)
    var (lines, damage) = lines(of: data, in: url)
    if let mark, damage == nil,
      data.count < mark.bytes || sha256(of: data.prefix(max(0, mark.bytes))) != mark.sha256
    {
      damage = PeregrineError(
        .badData, doing: "reading the metrics `\(url.path)`",
        found: "other lines than were written up to byte \(mark.bytes)")
    }
    return Contents(
      records: lines.map(\.record), damage: damage,
      isTorn: data.last.map { $0 != UInt8(ascii: "\n") } ?? false)
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }

  private static func contents(of url: URL) throws -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      throw PeregrineError(
        .missingInput, doing: "reading the metrics `\(url.path)`", found: "no readable file",
        advice: "Name a run folder that training has written.", cause: error)
    }
  }

  /// The records with their bytes. Empty lines are skipped. A last line without a line feed may be
  /// incomplete, so it counts only if it is a valid record.
  private static func lines(
    of data: Data, in url: URL
  ) -> (lines: [(bytes: Data.SubSequence, record: MetricRecord)], damage: PeregrineError?) {
    let decoder = decoder
    let pieces = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var result: [(Data.SubSequence, MetricRecord)] = []
    var damage: PeregrineError?
    for (index, bytes) in pieces.enumerated() where !bytes.isEmpty {
      do {
        result.append((bytes, try JSONRecord.decode(from: bytes, by: decoder)))
      } catch {
        if index == pieces.count - 1 { break }
        guard damage == nil else { continue }
        damage = PeregrineError(
          .badData, doing: "reading the metrics `\(url.path)`",
          found:
            "a damaged line \(index + 1): `\(String(decoding: bytes.prefix(80), as: UTF8.self))`",
          expected: "one JSON record a line",
          advice: "Repair or delete that line; the others stay valid.", cause: error)
      }
    }
    return (result, damage)
  }
}
