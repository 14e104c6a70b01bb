import Crypto
import Foundation
import Nets
import Tensors

/// Averaged weights with a length that was not kept during training, reconstructed from snapshots.
public struct ReconstructedAverage {
  /// The length relative to training.
  public let length: Double
  /// The number of images at the end of the average.
  public let images: Int
  /// The weights by their names in the model.
  public let weights: [String: Tensor]
  /// The relative error of the reconstructed averaging profile; 0 is exact.
  public let mismatch: Double

  /// The name in records, such as `power average of length 0.08`.
  public var name: String { "power average of length \(length)" }

  private var state: NamedTensors {
    weights.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
  }

  /// The SHA-256 of names and values, in hexadecimal digits.
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
