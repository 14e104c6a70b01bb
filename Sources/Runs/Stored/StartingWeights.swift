import Diagnostics
import Encoders
import Foundation
import Nets
import Tensors

/// Loads the weights of a published checkpoint, for training to start from.
///
/// The file is a state dictionary (safetensors or PyTorch), or a dictionary as the training scripts
/// of SiT, REPA and SR-DiT save it: state dictionaries `ema` and `model`, beside `opt`, `args` and
/// `steps`.
public enum StartingWeights {
  /// Which weights of a file were used.
  public enum Part: String, Sendable, CaseIterable {
    /// The moving average.
    case average = "ema"
    /// The raw weights, without averaging.
    case trained = "model"
    /// The file itself is a state dictionary.
    case whole = "file"
  }

  /// Fills a model with the weights of a file: `ema` if it exists, otherwise `model`, otherwise the
  /// file itself.
  ///
  /// - Returns: which of the three was used.
  /// - Throws: ``PeregrineError`` `.missingInput` or `.badData`, naming the file and the first
  ///   tensor that is missing, left over, of another shape or not finite. The model is then
  ///   unchanged.
  @discardableResult
  public static func load(_ file: URL, into model: any Module) throws -> Part {
    let values = try WeightFile(file).tensors
    for part in [Part.average, .trained] {
      let prefix = part.rawValue + "."
      let chosen = values.filter { $0.key.hasPrefix(prefix) }
      if chosen.isEmpty { continue }
      let named = chosen.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
      try load(Dictionary(uniqueKeysWithValues: named), of: part, from: file, into: model)
      return part
    }
    try load(values, of: .whole, from: file, into: model)
    return .whole
  }

  private static func load(
    _ values: [String: Tensor], of part: Part, from file: URL, into model: any Module
  ) throws {
    let source = part == .whole ? file.path : "\(file.path), \(part.rawValue)"
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard try value.isFinite().all() else {
        throw PeregrineError(
          .badData, doing: "checking `\(name)` of `\(source)`", found: "NaN or infinity",
          expected: "finite weights",
          advice: "The file is damaged or its training diverged; fetch it again.")
      }
    }
    try model.load(values, from: source)
  }
}
