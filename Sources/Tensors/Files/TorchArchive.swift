import CTorch
import Diagnostics
import Foundation

/// The tensors of a PyTorch file (`.pt`, `.pth`), read without Python.
///
/// Nested dictionaries, lists and tuples are flattened with ".". Everything that is not a tensor of
/// real numbers is skipped, including objects of unknown classes (published checkpoints contain an
/// `argparse.Namespace`). No code in the file is run. int8, int16 and int32 become int64.
public struct TorchArchive {
  /// The tensors in file order, under their flattened names.
  public let tensors: [(name: String, tensor: Tensor)]

  /// Reads a file written by `torch.save` (PyTorch 1.6 or newer).
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.badData` saying what is wrong.
  public init(path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw PeregrineError(
        .missingInput, doing: "reading the PyTorch file `\(path)`", found: "no such file",
        advice: "Check the path.")
    }
    do {
      tensors = try Self.contents(path)
    } catch let error as PeregrineError where error.code != .outOfMemory {
      throw PeregrineError(
        .badData, doing: "reading the PyTorch file `\(path)`",
        found: "a file that cannot be read",
        expected: "a whole zip archive written by torch.save of PyTorch 1.6 or newer",
        advice: "Check that the download is complete; convert older files with torch.save.",
        cause: error)
    }
  }

  private static func contents(_ path: String) throws -> [(name: String, tensor: Tensor)] {
    var opened: ct_archive?
    try call("opening the archive") { ct_archive_open(path, &opened, $0) }
    defer { ct_archive_free(opened) }
    let archive = opened
    let pickle = try make("reading the record `data.pkl`") {
      ct_archive_record(archive, "data.pkl", $0, $1)
    }
    return try Pickle(pickle.bytes()).tensors().map { name, stored in
      (name, try view(stored, named: name, in: archive))
    }
  }

  private static func view(
    _ stored: PickledTensor, named name: String, in archive: ct_archive?
  ) throws -> Tensor {
    guard stored.sizes.count == stored.strides.count else {
      throw PeregrineError(
        .badData, doing: "reading `\(name)`", found: "sizes \(stored.sizes)",
        expected: "as many as strides, \(stored.strides)")
    }
    return try stored.sizes.withSizes { sizes, rank in
      try stored.strides.withSizes { strides, _ in
        try make("reading `\(name)`") {
          ct_archive_view(
            archive, "data/\(stored.storage.key)", stored.storage.elementType,
            Int64(stored.offset), sizes, strides, rank, $0, $1)
        }
      }
    }
  }
}
