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

  /// Rejects data that has changed since the run started.
  ///
  /// - Throws: ``PeregrineError`` `.badData` naming the data before and now.
  package func requireSame(asIn run: RunLayout) throws {
    guard let earlier = try Self.recorded(in: run) else { return }
    guard earlier.latents?.weightsSha256 == latents?.weightsSha256 else {
      throw PeregrineError(
        .badData, doing: "resuming the run `\(run.url.path)`",
        found: "an autoencoder with sha256 \(latents?.weightsSha256 ?? "none")",
        expected: "\(earlier.latents?.weightsSha256 ?? "none"), as at the start",
        advice: "Name the same weights with `data.autoencoder_weights`.")
    }
    let before = earlier.summary
    guard before.isSame(as: summary) else {
      throw PeregrineError(
        .badData, doing: "resuming the run `\(run.url.path)`",
        found: "data `\(summary.name)` with \(summary.count) items: other names, sizes or contents",
        expected: "`\(before.name)` with \(before.count) items, as at the start",
        advice: "Restore the data, or start a new run with another `--out`.")
    }
  }
}
