import Foundation
import Nets
import Tensors
import TestSupport

/// Numbers that both languages make from a name; `Fixtures/features/formula.py` says how.
enum Formula {
  /// A parameter of a network, by what its name and shape say.
  static func weight(_ name: String, _ shape: [Int]) throws -> Tensor {
    var values = formulaNumbers(name, shape.reduce(1, *))
    let (factor, offset): (Float, Float) =
      if name.hasSuffix("num_batches_tracked") {
        (0, 0)
      } else if name.hasSuffix("running_var") {
        (0.5, 1)
      } else if name.hasSuffix("running_mean") || name.hasSuffix(".bias") {
        (0.125, 0)
      } else if shape.count == 1 {
        (0.25, 1)
      } else if name.hasSuffix(".weight") {
        (Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot()), 0)
      } else {
        (0.5, 0)
      }
    for index in values.indices { values[index] = values[index] * factor + offset }
    return try Tensor(values, shape: shape)
  }

  /// A file with all weights of a list of names and shapes.
  static func write(_ shapes: [String: [Int]], to url: URL) throws {
    try SafetensorsFile.write(
      shapes.map { (name: $0.key, tensor: try weight($0.key, $0.value)) }, to: url)
  }

  /// Bytes `[count, height, width, 3]`.
  static func bytes(_ name: String, _ count: Int) -> [UInt8] {
    formulaNumbers(name, count).map { UInt8(($0 + 1) * 128) }
  }
}

/// The golden numbers of `Fixtures/features`, and the names and shapes of the networks they are of.
struct FeatureFixture {
  let golden: SafetensorsFile
  private let keys: Data

  init() throws {
    let folder = SharedFolder.packageRoot.appendingPathComponent("Fixtures/features")
    golden = try SafetensorsFile(folder.appendingPathComponent("features.safetensors"))
    keys = try Data(contentsOf: folder.appendingPathComponent("keys.json"))
  }

  /// Names and shapes of the weights of `inception`.
  func inceptionShapes() throws -> [String: [Int]] {
    struct Keys: Decodable { let inception: [String: [Int]] }
    return try JSONDecoder().decode(Keys.self, from: keys).inception
  }

  /// Names and shapes of a small DINOv2 in either naming.
  func dinov2Shapes(_ kind: String) throws -> DINOv2Shapes {
    struct Keys: Decodable {
      let plain: DINOv2Shapes
      let registers: DINOv2Shapes
      let gated: DINOv2Shapes
      enum CodingKeys: String, CodingKey {
        case plain = "dinov2-plain"
        case registers = "dinov2-registers"
        case gated = "dinov2-gated"
      }
    }
    let all = try JSONDecoder().decode(Keys.self, from: keys)
    return ["plain": all.plain, "registers": all.registers][kind] ?? all.gated
  }

  /// Mean, standard deviation and 64 elements spread evenly, as the golden file keeps inner stages.
  static func excerpt(_ x: Tensor) throws -> Tensor {
    let flat = try x.to(.float64).reshaped([-1])
    let places = (0..<64).map { Int64($0 * (flat.count - 1) / 63) }
    return try .concatenated(
      [
        flat.mean().reshaped([1]), flat.variance().squareRoot().reshaped([1]),
        flat.selecting(0, Tensor(places, shape: [64])),
      ], dim: 0)
  }
}

/// Names and shapes of one network in the two namings it is published in.
struct DINOv2Shapes: Decodable {
  let original: [String: [Int]]
  let huggingFace: [String: [Int]]
  enum CodingKeys: String, CodingKey {
    case original = "facebookresearch"
    case huggingFace = "hugging_face"
  }
}
