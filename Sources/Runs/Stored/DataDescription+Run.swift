import Diagnostics
import Encoding
import FileAccess
import Foundation
import RunFiles

extension DataDescription {
  /// Reads the data description of a run.
  public init(of run: RunLayout) throws {
    do {
      self = try JSONRecord.decode(from: Data(contentsOf: run.data))
    } catch {
      throw PeregrineError(
        .badData, doing: "reading `\(run.data.path)`", found: "no readable description of the data",
        advice: "Is `\(run.url.path)` the folder of a training run?", cause: error)
    }
  }

  /// The data description of a run that was begun; `nil` for a new run.
  package static func recorded(in run: RunLayout) throws -> DataDescription? {
    guard run.hasRun, FileManager.default.fileExists(atPath: run.data.path) else { return nil }
    return try DataDescription(of: run)
  }

  /// Rejects data that has changed since the run started, and other weights of the networks that
  /// belong to it.
  ///
  /// - Throws: ``PeregrineError`` `.badData` naming the data before and now.
  package func requireSame(asIn run: RunLayout) throws {
    guard let before = try Self.recorded(in: run) else { return }
    func require(_ isSame: Bool, found: String, expected: String, restore: String) throws {
      guard !isSame else { return }
      throw PeregrineError(
        .badData, doing: "resuming the run `\(run.url.path)`", found: found,
        expected: expected + ", as at the start",
        advice: "Restore \(restore), or start a new run with another `--out`.")
    }
    try require(
      before.summary.isSame(as: summary),
      found: "data `\(summary.name)` with \(summary.count) items: other names, sizes or contents",
      expected: "`\(before.summary.name)` with \(before.summary.count) items",
      restore: "the data")
    for (name, then, now) in [
      ("autoencoder", before.latents?.weightsSha256, latents?.weightsSha256),
      ("teacher", before.teacher?.weightsSha256, teacher?.weightsSha256),
    ] {
      guard let then, let now else { continue }
      try require(
        then == now, found: "weights of the \(name) with sha256 \(now)", expected: then,
        restore: "its file")
    }
  }
}
