import Foundation

/// A reader of Peregrine, with a folder of valid files of which one is damaged.
struct Subject: Sendable {
  let name: String
  /// The file to be damaged, in the subject's folder.
  let file: String
  /// Fills the folder with valid files and returns further valid contents of the file.
  let make: @Sendable (URL, Corpus) throws -> [Data]
  /// Makes damage that a checksum would hide visible to the reader.
  var repair: @Sendable (Data, inout Mutator) -> Data = { data, _ in data }
  /// Records the hash of the damaged file where the folder keeps one, so that the damage is met by
  /// the reader and not by the comparison of hashes.
  var seal: @Sendable (URL) throws -> Void = { _ in }
  /// Reads the folder as a user's command would.
  let read: @Sendable (URL) throws -> Void

  /// Every reader.
  static let all: [Subject] = [files, pictures, texts, caches, runs, races].flatMap { $0 }

  /// Makes the folder and returns all valid contents of the file.
  func prepare(in folder: URL, _ corpus: Corpus) throws -> [Data] {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let others = try make(folder, corpus)
    return [try Data(contentsOf: folder.appendingPathComponent(file))] + others
  }
}
