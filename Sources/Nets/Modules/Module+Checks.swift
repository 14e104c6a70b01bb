import Diagnostics
import Tensors

extension Module {
  /// Checks that no parameter holds NaN or infinity.
  ///
  /// - Parameter source: where the values came from, for messages.
  /// - Throws: ``PeregrineError`` `.badData` naming the first parameter that does.
  public func requireFinite(from source: String) throws {
    for (name, value) in state {
      let isFinite = try value.detached().isFinite()
      guard try isFinite.all() else {
        let bad = try isFinite.logicalNot().to(.int64).sum().item()
        throw PeregrineError(
          .badData, doing: "checking `\(name)` of `\(source)`",
          found: "\(Int(bad)) of \(value.count) numbers that are NaN or infinite",
          expected: "finite weights",
          advice: "The file is damaged or its training diverged; fetch it again.")
      }
    }
  }
}
