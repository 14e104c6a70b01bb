import Diagnostics
import FileAccess

/// Labelled items in host memory, accessed by index; the same index always gives the same item.
///
/// A dataset does not use tensors. Any number of threads may read it at once.
public protocol Dataset: Sendable {
  /// A description: name, kind, size, classes.
  var summary: DatasetSummary { get }
  /// The files that the items are read from, in order; none if they are computed, or checked
  /// against hashes of their own.
  var sources: [FilePath] { get }
  /// Looks for items that cannot be used, as far as that is possible without decoding all of them.
  ///
  /// - Throws: `.badData`, naming the files.
  func checkItems() throws
  /// Whether `item(at:mirrored: true)` is available.
  var mirrors: Bool { get }
  /// The item at `index`, optionally mirrored left to right.
  ///
  /// - Throws: `.badData`, naming the file, when it cannot be read; `.usage` for an index outside
  ///   `0..<summary.count`, or for a mirrored item that the dataset does not have.
  func item(at index: Int, mirrored: Bool) throws -> DatasetItem
}

extension Dataset {
  /// No files.
  public var sources: [FilePath] { [] }

  /// Nothing can be checked before items are read.
  public func checkItems() throws {}

  /// The dataset's summary with the state of its files, for a record by which a later change is
  /// noticed.
  ///
  /// - Parameter before: the state in an earlier record; files whose times are as they were then are
  ///   not read again.
  /// - Throws: `.missingInput` or `.io`, naming a file.
  public func recordedSummary(before: FileState? = nil) throws -> DatasetSummary {
    let sources = sources
    var summary = summary
    guard !sources.isEmpty else { return summary }
    summary.files = try before?.now(sources) ?? FileState(sources)
    return summary
  }

  /// Throws `.usage` when there is no such item, so that a wrong index does not crash.
  func check(index: Int, mirrored: Bool = false) throws {
    guard (0..<summary.count).contains(index) else {
      throw PeregrineError(
        .usage, doing: "reading item \(index) of `\(summary.name)`",
        found: "\(summary.count) items", expected: "an index below that",
        advice: "Ask for an item from 0 to \(summary.count - 1).")
    }
    guard !mirrored || mirrors else {
      throw PeregrineError(
        .usage, doing: "mirroring item \(index) of `\(summary.name)`",
        found: "a dataset of kind \(summary.kind) without mirror images",
        advice: "Turn flipping off, or encode the data again with mirror images.")
    }
  }
}
