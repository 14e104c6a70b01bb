import Foundation
import Nets
import Tensors

/// The tensors of a published weight file, whichever of the usual formats it has.
enum WeightFile {
  /// Reads `.safetensors`, or PyTorch's own format under any other extension.
  static func tensors(_ url: URL) throws -> [String: Tensor] {
    if url.pathExtension == "safetensors" { return try SafetensorsFile(url).tensors() }
    let archive = try TorchArchive(path: url.path)
    return Dictionary(archive.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
  }
}
