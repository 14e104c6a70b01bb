import Diagnostics
import Foundation

/// The layout before PyTorch 1.6: five pickles (a magic number, the protocol's version, facts about
/// the system, the object, the keys of its storages), then the storages in the order of the keys, each
/// with its number of elements in front.
///
/// - Source: `_legacy_load` of `torch/serialization.py`.
struct LegacyTorchFile: TorchFileLayout {
  let pickle: Pickle
  let root: Int
  let pickleSize: Int
  let byteCount: Int
  private let parts: [String: Data]

  init(_ data: Data) throws {
    var pickle = Pickle(data)
    _ = try pickle.read()  // the magic number, which ``FileKind`` has checked
    let version = try pickle.read()
    guard case .integer(1_001) = pickle.values[version] else {
      throw Self.failure(found: "another version", expected: "protocol 1001")
    }
    let system = try pickle.read()
    if case .dictionary(let facts) = pickle.values[system] {
      for index in stride(from: 0, to: facts.count - 1, by: 2) {
        if case .text("little_endian") = pickle.values[facts[index]],
          case .truth(false) = pickle.values[facts[index + 1]]
        {
          throw Self.bigEndian
        }
      }
    }
    root = try pickle.read()
    pickleSize = pickle.position
    parts = try Self.parts(of: data, keys: pickle.read(), &pickle)
    self.pickle = pickle
    byteCount = data.count
  }

  func bytes(of storage: PickledStorage) throws -> Data {
    guard let part = parts[storage.key] else {
      throw Self.failure(found: "no storage `\(storage.key)`", expected: "one, as a tensor uses it")
    }
    return part
  }

  /// Finds the storages, which follow the last pickle.
  private static func parts(of data: Data, keys: Int, _ pickle: inout Pickle) throws
    -> [String: Data]
  {
    guard case .list(let places) = pickle.values[keys] else {
      throw failure(found: "no list of storages", expected: "one after the object")
    }
    var parts: [String: Data] = [:]
    var position = pickle.position
    for place in places {
      guard case .text(let key) = pickle.values[place], let storage = pickle.storages[key],
        let width = storage.byteCount
      else {
        throw failure(
          found: "a storage of an unknown type", expected: "a type of PyTorch 2 or older")
      }
      guard let size = [storage.count, width].checkedProduct, size <= data.count - position - 8
      else {
        throw failure(
          found: "\(data.count) bytes, which end inside the storage `\(key)`",
          expected: "at least \(least(places, pickle, after: pickle.position)) bytes")
      }
      let start = data.startIndex + position
      let count = data[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard count == UInt64(storage.count) else {
        throw failure(
          found: "\(count) elements in the storage `\(key)`", expected: "\(storage.count)")
      }
      parts[key] = data[start + 8..<start + 8 + size]
      position += 8 + size
    }
    return parts
  }

  /// The bytes of a whole file with these storages.
  private static func least(_ places: [Int], _ pickle: Pickle, after start: Int) -> Int {
    let sizes = places.flatMap { place in
      let storage = pickle.values[place].name.flatMap { pickle.storages[$0] }
      return [8, storage?.neededBytes ?? 0]
    }
    return ([start] + sizes).checkedSum ?? .max
  }

  private static func failure(found: String, expected: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading the format before PyTorch 1.6", found: found, expected: expected)
  }
}
