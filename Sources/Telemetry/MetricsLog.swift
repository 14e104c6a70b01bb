import Diagnostics
import FileAccess
import Foundation

/// The `metrics.jsonl` of a run: one ``MetricRecord`` per line, each written at once.
///
/// Opening it prepares it for continuing from a checkpoint. Writing never throws and never ends a
/// run: the first failure is passed to `onFailure` and disables the log.
public final class MetricsLog: Sendable {
  private let file: AppendingFile

  /// Opens or creates the log.
  ///
  /// - Parameters:
  ///   - url: the file; its folder must exist.
  ///   - images: records with more images than this are dropped, because the run continues from
  ///     there; `nil` keeps all. An incomplete last line is dropped too. The file is rewritten
  ///     atomically, and only if something is dropped; the remaining lines are not changed.
  ///   - redone: a kind whose records with exactly this many images are dropped too, because they
  ///     will be written again.
  ///   - onFailure: called once, with the reason why the log was disabled.
  /// - Throws: ``PeregrineError`` `.badData` as ``read(_:)``, `.io` when the file cannot be written.
  public init(
    url: URL, keepingThrough images: Int? = nil, redoing redone: MetricRecord.Kind? = nil,
    onFailure: @escaping @Sendable (PeregrineError) -> Void = { _ in }
  ) throws {
    if isOrdinaryFile(url) == true {
      let old = try Self.contents(of: url)
      let kept = try Self.lines(of: old, in: url).filter { _, record in
        record.images <= images ?? .max && !(record.kind == redone && record.images == images)
      }
      let new = Data(kept.map { $0.bytes + [UInt8(ascii: "\n")] }.joined())
      if new != old { try AtomicFile.write(new, to: url) }
    }
    file = try AppendingFile(url, onFailure: onFailure)
  }

  /// Appends one line.
  public func append(_ record: MetricRecord) {
    do {
      file.append(try Self.encoder.encode(record) + [UInt8(ascii: "\n")])
    } catch {
      file.fail(
        PeregrineError(
          .failure, doing: "encoding a line of `\(file.url.path)`",
          found: "a record that cannot be written", cause: error))
    }
  }

  /// All records of a log, in order.
  ///
  /// An incomplete last line, left by a crash, is ignored.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` without the file, `.badData` with the number of
  ///   the first damaged line.
  public static func read(_ url: URL) throws -> [MetricRecord] {
    try lines(of: contents(of: url), in: url).map(\.record)
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
  ) throws -> [(bytes: Data.SubSequence, record: MetricRecord)] {
    let decoder = decoder
    let pieces = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var result: [(Data.SubSequence, MetricRecord)] = []
    for (index, bytes) in pieces.enumerated() where !bytes.isEmpty {
      do {
        result.append((bytes, try decoder.decode(MetricRecord.self, from: bytes)))
      } catch {
        if index == pieces.count - 1 { break }
        throw PeregrineError(
          .badData, doing: "reading the metrics `\(url.path)`",
          found:
            "a damaged line \(index + 1): `\(String(decoding: bytes.prefix(80), as: UTF8.self))`",
          expected: "one JSON record a line",
          advice: "Repair or delete that line; the others stay valid.", cause: error)
      }
    }
    return result
  }
}
