import Diagnostics
import Foundation

/// A folder that is about to be filled with new files, checked before any work.
public struct OutputFolder {
  private let url: URL
  private let doing: String

  /// Names a folder that may or may not exist.
  ///
  /// - Parameter doing: what the folder is for, as messages say it.
  public init(_ url: URL, doing: String) {
    self.url = url
    self.doing = doing
  }

  /// Rejects a folder that holds something else than what is written there. Hidden files are not
  /// looked at.
  ///
  /// - Parameter isOurs: whether a file of this name belongs to what is written.
  /// - Throws: ``PeregrineError`` `.usage`, naming up to three of the others.
  public func requireFree(exceptFor isOurs: (String) -> Bool = { _ in false }) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let strangers = names.filter { !$0.hasPrefix(".") && !isOurs($0) }.sorted()
    guard !strangers.isEmpty else { return }
    let shown = strangers.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
    throw PeregrineError(
      .usage, doing: doing,
      found: "\(shown)\(strangers.count > 3 ? " and \(strangers.count - 3) more" : "")",
      expected: "an empty folder, or one that does not exist yet", advice: "Choose another `--out`."
    )
  }

  /// Rejects a folder inside the data, where what is written would become data.
  ///
  /// - Parameter data: the dataset, as ``openDataset(_:size:companions:orientation:)`` reads it.
  /// - Throws: ``PeregrineError`` `.usage`.
  public func requireOutside(data path: String) throws {
    guard !isBuiltIn(path) else { return }
    let data = URL(fileURLWithPath: path)
    let (inner, outer) = (Self.realParts(of: url), Self.realParts(of: data))
    guard inner.count > outer.count, inner.starts(with: outer, by: { $0.isExactly($1) })
    else { return }
    throw PeregrineError(
      .usage, doing: doing, found: "a folder inside the data `\(data.path)`",
      expected: "a folder elsewhere: what is written there would become data",
      advice: "Choose another `--out`.")
  }

  /// The parts of a path without links; what does not exist yet stays as it is.
  private static func realParts(of url: URL) -> [String] {
    FileManager.default.fileExists(atPath: url.path) || url.pathComponents.count < 2
      ? url.resolvingSymlinksInPath().pathComponents
      : realParts(of: url.deletingLastPathComponent()) + [url.lastPathComponent]
  }
}
