import Diagnostics
import Foundation
import Nets
import Tensors

/// A file of published weights: safetensors, or PyTorch's own format.
public enum WeightFile {
  /// All tensors by name.
  ///
  /// The format is recognised by the first bytes, since published files have various extensions.
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.badData` saying what is wrong.
  public static func tensors(_ url: URL) throws -> [String: Tensor] {
    let start = try? FileHandle(forReadingFrom: url).read(upToCount: 2)
    guard start == Data("PK".utf8) else { return try SafetensorsFile(url).tensors() }
    let archive = try TorchArchive(path: url.path)
    return Dictionary(archive.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
  }

  /// Checks that the weights of a network are there, before anything is built.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` naming the page with the sources of all weights.
  static func requireFile(_ url: URL, for network: String) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PeregrineError(
        .missingInput, doing: "loading `\(network)`", found: "no file `\(url.path)`",
        expected: "its weights",
        advice: "Check the path; docs/weights.md says where the file comes from.")
    }
  }
}
