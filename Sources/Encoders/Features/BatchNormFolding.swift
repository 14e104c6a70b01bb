import Diagnostics
import Tensors

/// Folds every batch normalisation into the convolution before it, in float64:
/// `weight · γ / √(variance + ε)` and `β − mean · γ / √(variance + ε)`.
///
/// The normalisation `….bn2` belongs to the convolution `….conv2`, and so on: `bn` is replaced by
/// `conv` in the last part of the name. Counters (`num_batches_tracked`) are dropped.
/// - Throws: ``PeregrineError`` `.badData` when a normalisation is incomplete.
func foldingBatchNorms(
  _ values: [String: Tensor], epsilon: Double, from source: String
) throws -> [String: Tensor] {
  var folded = values.filter { !$0.key.hasSuffix(".num_batches_tracked") }
  for name in values.keys where name.hasSuffix(".running_var") {
    let norm = name.dropLast(".running_var".count)
    let parts = norm.split(separator: ".", omittingEmptySubsequences: false)
    let last = (parts.last ?? "").replacing("bn", with: "conv", maxReplacements: 1)
    let convolution = (parts.dropLast() + [Substring(last)]).joined(separator: ".")
    func take(_ name: String) throws -> Tensor {
      guard let value = folded.removeValue(forKey: name) else {
        throw PeregrineError(
          .badData, doing: "folding the batch normalisation `\(norm)` of `\(source)`",
          found: "no `\(name)`", advice: "The file is incomplete or belongs to another network.")
      }
      return try value.to(.float64)
    }
    let variance = try take("\(norm).running_var")
    let mean = try take("\(norm).running_mean")
    let scale = try take("\(norm).weight") / (variance + epsilon).squareRoot()
    let weight = try take("\(convolution).weight")
    folded["\(convolution).weight"] = try weight * scale.reshaped([-1, 1, 1, 1])
    folded["\(convolution).bias"] = try take("\(norm).bias") - mean * scale
  }
  return folded
}
