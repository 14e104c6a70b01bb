import Diagnostics
import FileAccess
import Foundation
import Nets
import RunFiles
import Tensors

/// Tensors with their names.
package typealias NamedTensors = [(name: String, tensor: Tensor)]

extension Checkpoint {
  /// Writes the tensors of each part and the progress of the run.
  package static func write(
    _ tensors: [(part: Part, state: NamedTensors)], progress: some Encodable, images: Int,
    to folder: URL
  ) throws -> Checkpoint {
    let files = tensors.map { part, state in
      (part: part, write: { (url: URL) in try SafetensorsFile.write(state, to: url) })
    }
    let progress = try JSONEncoder().encode(progress)
    return try write(
      images: images, to: folder,
      files + [(part: .progress, write: { try AtomicFile.write(progress, to: $0) })])
  }

  /// Fills tensors with the values that a part stores under their names.
  package func fill(_ state: NamedTensors, from part: Part) throws {
    let file = try SafetensorsFile(file(part))
    for (name, tensor) in state { try tensor.copy(from: file.tensor(name)) }
  }

  /// The progress of the run.
  ///
  /// - Throws: ``PeregrineError`` `.badData` for a damaged file.
  package func progress<Progress: Decodable>(as type: Progress.Type) throws -> Progress {
    let url = file(.progress)
    do {
      return try JSONRecord.decode(type, from: Data(contentsOf: url))
    } catch {
      throw PeregrineError(
        .badData, doing: "reading `\(url.path)`", found: "a damaged file",
        advice:
          "Delete the folder `\(self.url.path)`; training goes on from the checkpoint before.",
        cause: error)
    }
  }
}
