import Tensors

/// An exponential moving average (EMA) of a network's parameters; samples are drawn from it.
///
/// shadow ← decay · shadow + (1 − decay) · parameter, after every step, starting at the first
/// weights. The shadows have the parameters' precision: in bfloat16 an average with a decay near 1
/// would never change.
public final class ExponentialMovingAverage {
  private let parameters: [NamedParameter]
  private let shadows: [Tensor]
  private let shadowOfName: [String: Tensor]

  /// An average that starts at the current values.
  public init(_ parameters: [NamedParameter]) throws {
    self.parameters = parameters
    shadows = try parameters.map { try $0.parameter.value.detached().clone() }
    shadowOfName = Dictionary(uniqueKeysWithValues: zip(parameters.map(\.name), shadows))
  }

  /// Updates the average with the current values.
  public func update(decay: Double) throws {
    try ParameterLists.interpolate(
      shadows, toward: parameters.map(\.parameter.value), weight: 1 - decay)
  }

  /// The averaged values of some of the parameters.
  func values(of some: [NamedParameter]) -> [Tensor] {
    some.map { entry in
      guard let shadow = shadowOfName[entry.name] else {
        preconditionFailure("The average does not know `\(entry.name)`.")
      }
      return shadow
    }
  }

  /// The averaged values under the parameters' names.
  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, shadows).map { ($0.name, $1) }
  }

  /// Runs `body` with the averaged values instead of the current ones.
  public func withAveragedParameters<Result>(_ body: () throws -> Result) throws -> Result {
    let saved = try parameters.map { try $0.parameter.value.detached().clone() }
    defer {
      for (entry, value) in zip(parameters, saved) { try? entry.parameter.value.copy(from: value) }
    }
    for (entry, shadow) in zip(parameters, shadows) { try entry.parameter.value.copy(from: shadow) }
    return try body()
  }
}
