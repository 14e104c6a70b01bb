import Diagnostics
import DiffusionMath
import Sampling
import Tensors

/// Noise that a reference drew, by purpose: `noise/initial`, `class-token/step-3`.
public struct RecordedNoise: NoiseSource {
  private let values: (String) throws -> Tensor?

  /// A start without fresh noise: asking for more is an error.
  public init(start: Tensor, classToken: Tensor? = nil) {
    self.init { purpose in
      switch purpose {
      case "noise/initial": start
      case "class-token/initial": classToken
      default: nil
      }
    }
  }

  /// Whatever a closure knows.
  public init(_ values: @escaping (String) throws -> Tensor?) { self.values = values }

  /// The recorded numbers, whatever the indices.
  public func normals(_ purpose: String, _ indices: [Int], rowShape: [Int], device: Device) throws
    -> Tensor
  {
    guard let recorded = try values(purpose) else {
      throw PeregrineError(.missingInput, doing: "reading recorded noise", found: "no `\(purpose)`")
    }
    return recorded
  }

  /// Streams of a fixed seed.
  public func streams(_ purpose: String, _ indices: [Int]) -> [RandomStream] {
    Draws(.sampling, seed: 0).streams(purpose, indices)
  }
}
