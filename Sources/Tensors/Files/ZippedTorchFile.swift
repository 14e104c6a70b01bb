import Diagnostics
import FileFormats
import Foundation

/// The layout of PyTorch 1.6 and newer: a zip file with the pickle `ROOT/data.pkl` and a member
/// `ROOT/data/KEY` for each storage.
struct ZippedTorchFile: TorchFileLayout {
  let pickle: Pickle
  let root: Int
  let pickleSize: Int
  private let archive: ZipArchive
  private let folder: String

  /// The size of all members, unpacked.
  var byteCount: Int { archive.unpackedSize }

  init(_ data: Data, path: String) throws {
    do {
      archive = try ZipArchive(decoding: data, name: path)
    } catch let error as PeregrineError {
      guard let least = Self.leastByteCount(of: data), data.count < least else { throw error }
      throw PeregrineError(
        .badData, doing: "reading its directory", found: "\(data.count) bytes",
        expected: "at least \(least), which the tensors in it need")
    }
    let pickles = archive.memberNames.filter { $0.hasSuffix("/data.pkl") }
    guard let name = pickles.first, pickles.count == 1 else {
      let names = archive.memberNames
      throw PeregrineError(
        .badData, doing: "looking for its pickle",
        found: "a zip file of " + names.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
          + (names.count > 3 ? " and \(names.count - 3) more" : ""),
        expected: "one member `data.pkl`, as torch.save writes", advice: FileKind.zip.advice)
    }
    folder = String(name.dropLast("data.pkl".count))
    let order = folder + "byteorder"
    if archive.memberNames.contains(order), try archive.contents(of: order) == Data("big".utf8) {
      throw Self.bigEndian
    }
    let contents = try archive.contents(of: name)
    var pickle = Pickle(contents)
    root = try pickle.read()
    self.pickle = pickle
    pickleSize = contents.count
  }

  func bytes(of storage: PickledStorage) throws -> Data {
    try archive.contents(of: "\(folder)data/\(storage.key)")
  }

  /// The bytes that all storages of a cut file need, according to its pickle, which is the first
  /// member and not compressed; `nil` if that is cut, too.
  private static func leastByteCount(of data: Data) -> Int? {
    guard data.count > 30 else { return nil }
    let header = [UInt8](data.prefix(30))
    let start = 30 + Int(header[26]) + Int(header[27]) << 8 + Int(header[28]) + Int(header[29]) << 8
    var pickle = Pickle(data, from: start)
    guard (try? pickle.read()) != nil else { return nil }
    return pickle.storages.values.map(\.neededBytes).checkedSum ?? .max
  }
}
