import Diagnostics
import DiffusionMath
import Nets
import Tensors

extension StartingClock {
  /// The last layer of the published models.
  static let output = "final_layer.linear"
  private static let time = "t_embedder.mlp.0.weight"

  /// Converts the weights of a velocity model to our clock, exactly but for rounding.
  ///
  /// The published models with the reversed clock are SiT's. Their last layer has twice as many rows as
  /// it needs: for each pixel of a patch the prediction's channels, then as many that are not used.
  /// - Source: SiT, `models.py` (`learn_sigma`) and `transport/path.py` (`t = 0` is noise).
  /// - Throws: ``PeregrineError`` `.badData` when the file has no such layers.
  func converted(_ values: [String: Tensor], for model: any Module) throws -> [String: Tensor] {
    guard self == .reversed else { return values }
    guard let weight = values[Self.output + ".weight"], weight.shape.count == 2,
      let time = values[Self.time], time.shape.count == 2, time.shape[1] % 2 == 0
    else {
      throw PeregrineError(
        .badData, doing: "converting weights for `model.start_clock: reversed`",
        found: "no `\(Self.output).weight` and `\(Self.time)` of two dimensions",
        expected: "those of a SiT", advice: "Set `model.start_clock: same`.")
    }
    let shapes = Dictionary(model.state.map { ($0.name, $0.tensor.shape) }) { first, _ in first }
    var result = values
    result[Self.time] = try TimeEmbedding.reversingTime(time)
    for part in ["weight", "bias"].map({ "\(Self.output).\($0)" }) {
      guard var value = values[part] else { continue }
      if let rows = shapes[part]?.first, value.shape.first == 2 * rows,
        let channels = shapes["x_embedder.proj.weight"]?.dropFirst().first
      {
        value = try Self.firstHalf(value, channels: channels)
      }
      result[part] = try value * ReversedClock.rate
    }
    return result
  }

  /// The first `channels` of every 2 · `channels` rows.
  private static func firstHalf(_ value: Tensor, channels: Int) throws -> Tensor {
    let rest = Array(value.shape.dropFirst())
    return try value.reshaped([-1, 2 * channels] + rest).sliced(1, 0..<channels)
      .reshaped([value.shape[0] / 2] + rest)
  }
}
