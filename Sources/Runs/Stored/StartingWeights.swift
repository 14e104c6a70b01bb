import Diagnostics
import DiffusionMath
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
  /// file itself. What wrappers add to names is taken off.
  ///
  /// - Parameter clock: how times were counted when the file was trained.
  /// - Returns: which of the three was used.
  /// - Throws: ``PeregrineError`` `.missingInput` or `.badData`, naming the file and the first
  ///   tensor that is missing, left over, of another shape or not finite. The model is then
  ///   unchanged.
  @discardableResult
  public static func load(
    _ file: URL, into model: any Module, clock: StartingClock = .same
  ) throws -> Part {
    let weights = try WeightFile(file)
    let (part, values) = try chosen(weights)
    let source = part == .whole ? file.path : "\(file.path), \(part.rawValue)"
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard try value.isFinite().all() else {
        throw PeregrineError(
          .badData, doing: "checking `\(name)` of `\(source)`", found: "NaN or infinity",
          expected: "finite weights",
          advice: "The file is damaged or its training diverged; fetch it again.")
      }
    }
    let converted = try clock.converted(values, for: model)
    try StartingMismatch(converted, model)?.fail(source)
    try weights.explainingUnreadable { try model.load(converted, from: source) }
    return part
  }

  private static func chosen(_ file: WeightFile) throws -> (Part, [String: Tensor]) {
    for part in [Part.average, .trained] {
      let prefix = part.rawValue + "."
      let named = file.tensors.filter { $0.key.hasPrefix(prefix) }
        .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
      if named.isEmpty { continue }
      let inside = Dictionary(named) { first, _ in first }
      return (part, try WrapperNames.removed(from: inside, source: file.path))
    }
    return (.whole, file.tensors)
  }
}
