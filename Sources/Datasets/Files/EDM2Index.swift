import Diagnostics
import FileAccess
import Foundation
import Pictures
import Samples

/// The files of one EDM2 folder with their classes, according to `dataset.json`.
struct EDM2Index: Sendable {
  let folder: URL
  /// Relative paths, sorted.
  let paths: [FilePath]
  let labels: [Int]

  /// The content of `dataset.json`: pairs of a path and a class.
  struct Labels: Codable {
    struct Entry: Codable {
      let path: String
      let label: Int

      init(path: String, label: Int) {
        self.path = path
        self.label = label
      }

      init(from decoder: any Decoder) throws {
        var pair = try decoder.unkeyedContainer()
        path = try pair.decode(String.self)
        label = try pair.decode(Int.self)
      }

      func encode(to encoder: any Encoder) throws {
        var pair = encoder.unkeyedContainer()
        try pair.encode(path)
        try pair.encode(label)
      }
    }
    let labels: [Entry]
  }

  /// Looks up the class of each file in the folder's `dataset.json`.
  ///
  /// - Throws: `.missingInput` or `.badData`, naming a file that has no class or does not exist.
  init(folder: URL, files paths: [FilePath]) throws {
    let url = folder.appendingPathComponent("dataset.json")
    let doing = "reading the classes `\(url.path)`"
    let data = try readFile(url, doing: doing)
    let entries: [Labels.Entry]
    do {
      entries = try JSONRecord.decode(Labels.self, from: data).labels
    } catch {
      throw PeregrineError(
        .badData, doing: doing, found: "other JSON, or a file without classes",
        expected: #"{"labels": [["00000/img00000000.png", 0], …]}"#,
        advice: "Make the folder again with classes.", cause: error)
    }
    let classes = Dictionary(entries.map { (FilePath($0.path), $0.label) }) { first, _ in first }
    if let other = entries.first(where: { classes[FilePath($0.path)] != $0.label }) {
      throw Self.mismatch(doing, found: "two classes of the file `\(other.path)`")
    }
    self.folder = folder
    self.paths = paths
    if let entry = entries.first(where: { !Bounds.label.contains($0.label) }) {
      throw PeregrineError(
        .badData, doing: doing, found: "the class \(entry.label) of the file `\(entry.path)`",
        expected: "a class number from \(Bounds.label.words)",
        advice: "Correct the number, or make the folder again.")
    }
    labels = try paths.map { path in
      guard let label = classes[path] else {
        throw Self.mismatch(doing, found: "no class of the file `\(path.text)`")
      }
      return label
    }
    let present = Set(paths)
    if let lost = entries.first(where: { !present.contains(FilePath($0.path)) }) {
      throw Self.mismatch(doing, found: "a class of `\(lost.path)`, which is not there")
    }
    guard !paths.isEmpty else { throw Self.mismatch(doing, found: "no files in the folder") }
  }

  /// The number at the end of a file name.
  static func number(in path: String) -> Int? {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    return Int(String(name.reversed().prefix { ("0"..."9").contains($0) }.reversed()))
  }

  func path(at position: Int) -> FilePath { FilePath(folder).appending(paths[position]) }

  /// The summary of a dataset with this index.
  ///
  /// - Parameter decoding: adds to the fingerprint what decides the items besides the files.
  func summary(
    name: String, itemShape: ItemShape, decoding: (inout Fingerprint) -> Void
  ) -> DatasetSummary {
    var fingerprint = Fingerprint("edm2 1")
    for (path, label) in zip(paths, labels) { fingerprint.add("\(path.text) \(label)") }
    fingerprint.add("\(itemShape)")
    decoding(&fingerprint)
    return DatasetSummary(
      name: name, kind: "edm2", count: paths.count, itemShape: itemShape,
      classNames: (0...(labels.max() ?? 0)).map { "\($0)" }, fingerprint: fingerprint.text)
  }

  private static func mismatch(_ doing: String, found: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: doing, found: found, expected: "one class for each file",
      advice: "Restore the missing files, or make the folder again.")
  }
}
