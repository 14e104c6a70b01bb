import Foundation
import Pictures
import TestSupport
import Testing

/// What Pillow makes of small pictures; written by `Fixtures/pictures/make.py`.
struct PictureGolden: Decodable {
  struct Resize: Decodable, Sendable, CustomTestStringConvertible {
    let filter: String
    let width, height: Int
    let pixels: Data
    var testDescription: String { "\(filter) to \(width)x\(height)" }
  }
  struct Crop: Decodable, Sendable, CustomTestStringConvertible {
    let width, height, size: Int
    let pixels: Data
    var testDescription: String { "\(width)x\(height) to \(size)" }
  }
  struct Decode: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let file, pixels: Data
    var testDescription: String { name }
  }

  struct Turn: Decodable, Sendable, CustomTestStringConvertible {
    let orientation, width, height: Int
    let file, pixels: Data
    var testDescription: String { "orientation \(orientation)" }
  }

  let resize: [Resize]
  let crop: [Crop]
  let decode: [Decode]
  let turn: [Turn]

  static func load() throws -> PictureGolden {
    let url = SharedFolder.packageRoot.appendingPathComponent("Fixtures/pictures/golden.json")
    return try JSONDecoder().decode(PictureGolden.self, from: Data(contentsOf: url))
  }
}

/// The picture all golden numbers start from; the same formula as in `make.py`.
func pattern(width: Int, height: Int) -> Picture {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      for c in 0..<3 { pixels.append(UInt8((x * 37 + y * 101 + c * 53 + x * y % 7 * 19) % 256)) }
    }
  }
  return Picture(width: width, height: height, pixels: pixels)
}
