import Datasets
import Foundation
import Pictures

/// Pictures and folders of pictures.
extension Subject {
  static let pictures = [
    Subject(
      name: "png", file: "x.png", make: { folder, _ in try decoded(ending: ".png", folder) },
      repair: { data, mutator in mutator.below(2) == 0 ? data : PNGChecksums.repaired(data) },
      read: { folder in
        let file = folder.appendingPathComponent("x.png")
        _ = try Picture.pngText(in: Data(contentsOf: file), name: "x.png")
        _ = try Picture(contentsOf: file)
      }),
    Subject(
      name: "jpeg", file: "x.jpeg", make: { folder, _ in try decoded(ending: ".jpeg", folder) },
      read: { _ = try Picture(contentsOf: $0.appendingPathComponent("x.jpeg")) }),
    Subject(
      name: "webp", file: "x.webp", make: { folder, _ in try decoded(ending: ".webp", folder) },
      read: { _ = try Picture(contentsOf: $0.appendingPathComponent("x.webp")) }),
    Subject(
      name: "edm2", file: "images/dataset.json",
      make: { folder, _ in
        var writer = try EDM2Writer(root: folder, of: "fuzz")
        for label in 0..<3 {
          let picture = try Picture(width: 4, height: 4, color: (9, UInt8(label), 0))
          try writer.append(picture, label: label)
        }
        try writer.finish()
        return []
      },
      read: { try readItems(of: $0) }),
  ]

  /// The pictures of the golden file with an ending.
  private static func decoded(ending: String, _ folder: URL) throws -> [Data] {
    struct Golden: Decodable {
      struct Entry: Decodable {
        let name: String
        let file: Data
      }
      let decode: [Entry]
    }
    let golden = try JSONDecoder().decode(
      Golden.self,
      from: Data(
        contentsOf: Corpus.package.appendingPathComponent("Fixtures/pictures/golden.json")))
    var files = golden.decode.filter { $0.name.hasSuffix(ending) }.map(\.file)
    if ending == ".png" {
      let text = [
        "peregrine:command": "./peregrine sample", "Title": String(repeating: "x", count: 3_000),
      ]
      files.append(try Picture(width: 3, height: 2, color: (1, 2, 3)).pngData(text: text))
    }
    try files[0].write(to: folder.appendingPathComponent("x" + ending))
    return Array(files.dropFirst())
  }
}

/// The checksums of a PNG's chunks.
enum PNGChecksums {
  /// The file with the checksum that each chunk should have, as far as its lengths make sense.
  static func repaired(_ data: Data) -> Data {
    var bytes = Array(data)
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard start + 12 + length <= bytes.count else { break }
      let sum = checksum(bytes[start + 4..<start + 8 + length])
      for place in 0..<4 {
        bytes[start + 8 + length + place] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * place))
      }
      start += 12 + length
    }
    return Data(bytes)
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }
}
