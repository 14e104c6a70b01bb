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
}
