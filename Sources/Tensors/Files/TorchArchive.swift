import Diagnostics
import FileAccess
import FileFormats
import Foundation

/// The tensors of a PyTorch file (`.pt`, `.pth`), read without Python.
///
/// Nested dictionaries, lists and tuples are flattened with ".". Everything that is not a tensor of
/// real numbers is skipped, including objects of unknown classes (published checkpoints contain an
/// `argparse.Namespace`). No code in the file is run. Narrow and unsigned integers become int64, 8-bit
/// floats float32.
public struct TorchArchive {
  /// The tensors in file order, under their flattened names.
  public let tensors: [(name: String, tensor: Tensor)]
  /// The tensors whose element types cannot be read, such as complex numbers, with their types.
  public let unreadable: [(name: String, type: String)]

  /// Reads a file written by `torch.save`, of any age.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.badData` saying what is wrong.
  public init(path: String) throws {
    let doing = "reading the PyTorch file `\(path)`"
    let data = try readFile(URL(fileURLWithPath: path), doing: doing, mapped: true)
    let kind = FileKind(of: data)
    do {
      var reading: TorchReading
      switch kind {
      case .zip: reading = TorchReading(try ZippedTorchFile(data, path: path))
      case .legacyTorch: reading = TorchReading(try LegacyTorchFile(data))
      default:
        throw PeregrineError(
          .badData, doing: doing, found: kind.description, expected: "a file written by torch.save",
          advice: kind.advice)
      }
      (tensors, unreadable) = try reading.all()
    } catch let error as PeregrineError where error.code == .badData {
      if error.doing == doing { throw error }
      throw PeregrineError(
        .badData, doing: doing, found: "\(error.found) while \(error.doing)",
        expected: error.expected.isEmpty ? "a whole file written by torch.save" : error.expected,
        advice: error.advice.isEmpty
          ? "The file is damaged or its download incomplete; fetch it again." : error.advice)
    }
  }
}

/// Makes the tensors of one file.
private struct TorchReading {
  private let layout: any TorchFileLayout
  /// The storages read so far.
  private var storages: [String: Data] = [:]
  /// The tensors made so far: the same view of the same storage is one tensor.
  private var made: [PickledTensor: Tensor] = [:]
  /// How many more bytes of tensors may be made. Storages may be shared, but not without end.
  private var budget: Int

  init(_ layout: any TorchFileLayout) {
    self.layout = layout
    budget = min(layout.byteCount, 1 << 50) * 4 + 1_000_000
  }

  mutating func all() throws -> (
    tensors: [(name: String, tensor: Tensor)], unreadable: [(name: String, type: String)]
  ) {
    let named = try layout.pickle.values.tensors(in: layout.root, size: layout.pickleSize)
    var tensors: [(name: String, tensor: Tensor)] = []
    var unreadable: [(name: String, type: String)] = []
    for (name, stored) in named {
      guard let element = stored.element else {
        unreadable.append((name, stored.storage.className))
        continue
      }
      tensors.append((name, try tensor(stored, element, named: name)))
    }
    return (tensors, unreadable)
  }

  private mutating func tensor(
    _ stored: PickledTensor, _ element: StoredElement, named name: String
  ) throws -> Tensor {
    if let known = made[stored] { return known }
    guard let end = stored.end, let count = stored.count else {
      throw failure(
        name, found: "sizes \(stored.sizes), strides \(stored.strides) and offset \(stored.offset)",
        expected: "sizes and strides from 0 on, as many of both")
    }
    // An empty tensor may have no storage.
    let storage = count == 0 ? Data() : try bytes(of: stored.storage)
    let width = element.byteCount
    let available = storage.count / width - min(stored.storage.start, storage.count / width)
    guard end <= available, count <= available else {
      throw failure(
        name, found: "\(available) elements in its storage",
        expected: "at least \(max(end, count)), for sizes \(stored.sizes) and strides "
          + "\(stored.strides)")
    }
    budget -= count * width
    guard budget >= 0 else {
      throw failure(
        name, found: "tensors that share storages to many times the size of the file",
        expected: "each number in a few tensors")
    }
    let tensor = try storage.withUnsafeBytes { whole in
      let part = whole.dropFirst(stored.storage.start * (count == 0 ? 0 : width))
      return try stored.withBytes(
        in: UnsafeRawBufferPointer(rebasing: part), width: width, count: count
      ) { try element.tensor($0, shape: stored.sizes) }
    }
    made[stored] = tensor
    return tensor
  }

  private mutating func bytes(of storage: PickledStorage) throws -> Data {
    if let known = storages[storage.key] { return known }
    let bytes = try layout.bytes(of: storage)
    storages[storage.key] = bytes
    return bytes
  }

  private func failure(_ name: String, found: String, expected: String) -> PeregrineError {
    PeregrineError(.badData, doing: "reading `\(name)`", found: found, expected: expected)
  }
}
