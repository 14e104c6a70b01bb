import Crypto
import Foundation
import Nets
import Tensors

/// Weights averaged over training with a length that no average kept during training had.
public struct ReconstructedAverage {
  /// The length relative to training.
  public let length: Double
  /// The images at its end.
  public let images: Int
  /// The weights under the model's names.
  public let weights: [String: Tensor]
  /// How far the profile put together is from the one asked for, relative to its size; 0 is exact.
  public let mismatch: Double

  /// The name in records: `power average of length 0.08`.
  public var name: String { "power average of length \(length)" }

  private var state: NamedTensors {
    weights.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
  }

  /// The hash of names and values, in hexadecimal digits.
  func contentHash() throws -> String {
    var hash = SHA256()
    try hash.update(state)
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  /// Writes the weights as a file like a checkpoint's `ema.safetensors`.
  public func write(to url: URL) throws {
    try SafetensorsFile.write(
      state, metadata: ["relative_length": "\(length)", "images": "\(images)"], to: url)
  }
}
