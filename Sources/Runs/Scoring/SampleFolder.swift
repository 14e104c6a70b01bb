import Diagnostics
import Foundation
import Pictures
import Telemetry

/// A folder of pictures that `sample` drew: one set of them, each with its provenance.
///
/// Two sets in one folder would be scored as one, so a folder takes pictures of one set only: the same
/// weights, sampler, classes and seed. Hidden files are not looked at.
public struct SampleFolder {
  /// The folder.
  public let url: URL

  /// Names a folder that may or may not exist.
  public init(_ url: URL) { self.url = url }

  /// Makes room for the pictures of a set, before any of them is written.
  ///
  /// - Parameters:
  ///   - record: the provenance of one picture of the set.
  ///   - replacing: whether pictures of other sets are removed; files that `sample` did not write
  ///     never are.
  /// - Returns: the records of the pictures that the folder now has, by file name.
  /// - Throws: ``PeregrineError`` `.usage` for a folder with other files or another set.
  public func prepare(for record: Provenance, replacing: Bool) throws -> [String: Provenance] {
    let names = try fileNames()
    let pictures = try records(names)
    let doing = "drawing into the folder `\(url.path)`"
    let foreign = pictures.first { $0.record == nil }?.name
    guard foreign == nil, !pictures.isEmpty || names.isEmpty else {
      throw PeregrineError(
        .usage, doing: doing,
        found:
          "files that `sample` did not write, or that are damaged, such as `\(foreign ?? names[0])`",
        expected: "an empty folder, or one of `sample`", advice: "Choose another `--out`.")
    }
    let isOther = pictures.contains { picture in
      picture.record.map { Self.difference($0, from: record) != nil } ?? false
    }
    if replacing, isOther {
      for picture in pictures {
        try FileManager.default.removeItem(at: url.appendingPathComponent(picture.name))
      }
      return [:]
    }
    for case (let name, let other?) in pictures {
      guard let difference = Self.difference(other, from: record) else { continue }
      throw PeregrineError(
        .usage, doing: doing, found: "`\(name)`, a picture of another set (\(difference))",
        expected: "pictures of one set: the same weights, sampler, classes and seed",
        advice: "Choose another `--out`, or add `--replace` to remove the pictures in this one.")
    }
    return Dictionary(
      uniqueKeysWithValues: pictures.compactMap { picture in
        picture.record.map { (picture.name, $0) }
      })
  }

  /// Rejects a folder with pictures of more than one set, which cannot be scored as one.
  ///
  /// Pictures without provenance, of other programs, form a set.
  /// - Throws: ``PeregrineError`` `.badData` naming two pictures and how they differ.
  public func requireOneSet() throws {
    let pictures = try records(fileNames()).filter { $0.name != "grid.png" }
    guard let first = pictures.first, pictures.contains(where: { $0.record != nil }) else { return }
    for picture in pictures {
      let difference: String?
      switch (picture.record, first.record) {
      case (let record?, let known?): difference = Self.difference(known, from: record)
      case (nil, nil): difference = nil
      default: difference = "only one of them was drawn by `sample`"
      }
      guard let difference else { continue }
      throw PeregrineError(
        .badData, doing: "scoring the pictures in `\(url.path)`",
        found: "`\(first.name)` and `\(picture.name)`, which are of two sets (\(difference))",
        expected: "pictures of one set",
        advice: "Keep each set in a folder of its own; `sample --replace` removes an older one.")
    }
  }

  // MARK: What is there

  private func fileNames() throws -> [String] {
    guard FileManager.default.fileExists(atPath: url.path) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: url.path)
        .filter { !$0.hasPrefix(".") }.sorted()
    } catch {
      throw PeregrineError(
        .io, doing: "listing the folder `\(url.path)`", found: "that it cannot be read",
        advice: "Check that it is a folder, and its permissions.", cause: error)
    }
  }

  /// The pictures among some files, each with its provenance if `sample` wrote it.
  private func records(_ names: [String]) throws -> [(name: String, record: Provenance?)] {
    try names.map { (name: $0, file: url.appendingPathComponent($0)) }
      .filter { Self.extensions.contains($0.file.pathExtension.lowercased()) }
      .map { name, file in
        guard let data = try? Data(contentsOf: file, options: .alwaysMapped) else {
          throw PeregrineError(
            .io, doing: "reading the picture `\(file.path)`", found: "that it cannot be read",
            advice: "Check its permissions.")
        }
        guard let text = try? Picture.pngText(in: data, name: file.path) else { return (name, nil) }
        return (name, try? Provenance(textChunks: text))
      }
  }

  private static let extensions: Set<String> = ["png", "jpg", "jpeg", "webp"]

  /// The first field in which a picture's set differs from another's.
  private static func difference(_ found: Provenance, from expected: Provenance) -> String? {
    let (found, expected) = (found.setFields, expected.setFields)
    return Set(found.keys).union(expected.keys).sorted()
      .first { found[$0].map(ExactName.init) != expected[$0].map(ExactName.init) }
      .map { key in
        let name = key.replacing("peregrine:", with: "").replacing("settings.", with: "")
        return "\(name): \(found[key] ?? "not recorded") instead of \(expected[key] ?? "none")"
      }
  }
}
