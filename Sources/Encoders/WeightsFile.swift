import Diagnostics
import Foundation
import Nets
import Tensors

/// A file of published weights, safetensors or PyTorch's.
enum WeightsFile {
  /// All tensors by name.
  ///
  /// The first bytes tell the format, since published files have many endings.
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.badData` saying what is wrong.
  static func tensors(of url: URL) throws -> [String: Tensor] {
    let start = try? FileHandle(forReadingFrom: url).read(upToCount: 2)
    guard start == Data("PK".utf8) else { return try SafetensorsFile(url).tensors() }
    return try Dictionary(
      TorchArchive(path: url.path).tensors.map { ($0.name, $0.tensor) },
      uniquingKeysWith: { first, _ in first })
  }
}
