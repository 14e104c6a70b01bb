import Foundation
import Nets
import Pictures
import Tensors
import TestSupport

/// What public implementations make of small features and pictures; see `Fixtures/metrics`.
struct MetricGolden {
  struct Value: Decodable {
    let score: String
    let value: Double
    let implementation: String
  }

  private struct Contents: Decodable { let values: [Value] }

  let values: [Value]
  private let file: SafetensorsFile

  init() throws {
    let folder = SharedFolder.packageRoot.appendingPathComponent("Fixtures/metrics")
    file = try SafetensorsFile(folder.appendingPathComponent("golden.safetensors"))
    let data = try Data(contentsOf: folder.appendingPathComponent("golden.json"))
    values = try JSONDecoder().decode(Contents.self, from: data).values
  }

  func tensor(_ name: String) throws -> Tensor { try file.tensor(name) }

  func picture(_ name: String) throws -> Picture {
    let pixels = try tensor(name)
    return Picture(
      width: pixels.shape[1], height: pixels.shape[0], pixels: try pixels.scalars(UInt8.self))
  }
}
