import DiffusionMath
import Foundation
import Tensors

/// Embeds a time as a vector: cosines and sines of many frequencies, then a small MLP.
///
/// - Time: used as it is, in [0, 1], not multiplied by 1000.
/// - Shapes: time `[batch]`, result `[batch, width]`.
/// - Source: DiT's timestep embedder; features in float32: `[cos(t·f) ‖ sin(t·f)]`,
///   `f_j = exp(−ln(10000)·j/128)`, j = 0…127.
public final class TimeEmbedding: Module {
  private let expand: Linear
  private let contract: Linear
  private let frequencies: [Float]

  /// Makes an embedding of the given width.
  public init(width: Int, featureCount: Int = 256) throws {
    let half = featureCount / 2
    frequencies = Self.frequencies(half)
    expand = try Linear(featureCount, width, weight: .normal(standardDeviation: 0.02))
    contract = try Linear(width, width, weight: .normal(standardDeviation: 0.02))
  }

  private static func frequencies(_ count: Int) -> [Float] {
    (0..<count).map { Float(exp(-log(10_000) * Double($0) / Double(count))) }
  }

  /// Converts the weight of `mlp.0`, `[width, features]`, from times that run the other way: with the
  /// result, an embedding of `t` is what it was of `1 − t`.
  public static func reversingTime(_ weight: Tensor) throws -> Tensor {
    let (rows, half) = (weight.shape[0], weight.shape[1] / 2)
    let frequencies = frequencies(half)
    var values = try weight.scalars(Double.self)
    for row in 0..<rows {
      for column in 0..<half {
        let (cosine, sine) = (row * 2 * half + column, row * 2 * half + half + column)
        (values[cosine], values[sine]) = ReversedClock.features(
          cosine: values[cosine], sine: values[sine], frequency: Double(frequencies[column]))
      }
    }
    return try Tensor(values, shape: weight.shape, dtype: weight.dtype)
  }

  /// `mlp.0`, `mlp.2`.
  public var members: [Member] { [.module("mlp.0", expand), .module("mlp.2", contract)] }

  /// Embeds times.
  public func callAsFunction(_ time: Tensor) throws -> Tensor {
    try contract(expand(features(time)).silu())
  }

  /// The cosines and sines, `[batch, features]`, in the dtype of the weights.
  public func features(_ time: Tensor) throws -> Tensor {
    let table = try Tensor(frequencies, shape: [1, frequencies.count], device: time.device)
    let angles = try time.to(.float32).reshaped([-1, 1]) * table
    return try Tensor.concatenated([angles.cos(), angles.sin()], dim: -1)
      .to(expand.weight.value.dtype)
  }
}
