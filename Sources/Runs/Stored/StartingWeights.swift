import Diagnostics
import Encoders
import Foundation
import Nets
import Tensors

/// The weights that a model starts from: those of a published checkpoint.
///
/// A file is a state dictionary (safetensors or PyTorch), or a training script's dictionary of them:
/// `ema` and `model` beside `opt`, `args` and `steps`, as SiT, REPA and SR-DiT save.
public enum StartingWeights {
  /// Which weights of a file were taken.
  public enum Part: String, Sendable, CaseIterable {
    /// The moving average, where there is one.
    case average = "ema"
    /// The weights as trained.
    case trained = "model"
    /// The file is a state dictionary itself.
    case whole = "file"
  }

  /// Fills a model with the weights of a file: `ema` if it is there, else `model`, else the file
  /// itself.
  ///
  /// - Returns: which of the three it was.
  /// - Throws: ``PeregrineError`` `.missingInput` or `.badData`, naming the file and the first tensor
  ///   that is missing, left over, of another shape, or not finite; the model is unchanged then.
  @discardableResult
  public static func load(_ file: URL, into model: any Module) throws -> Part {
    let values = try WeightFile.tensors(file)
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
