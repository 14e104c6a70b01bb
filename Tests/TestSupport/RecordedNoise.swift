import Diagnostics
import DiffusionMath
import Sampling
import Tensors

/// Noise recorded from a reference implementation, by purpose: `noise/initial`, `class-token/step-3`.
public struct RecordedNoise: NoiseSource {
  private let values: (String) throws -> Tensor?

  /// Creates a source with initial noise only; any other noise is an error.
  public init(start: Tensor, classToken: Tensor? = nil) {
    self.init { purpose in
      switch purpose {
      case "noise/initial": start
      case "class-token/initial": classToken
      default: nil
      }
    }
  }

  /// Creates a source from a function.
  public init(_ values: @escaping (String) throws -> Tensor?) { self.values = values }

  /// The recorded numbers; the indices are ignored.
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
