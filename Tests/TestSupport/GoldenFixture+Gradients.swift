import Nets
import Tensors

extension GoldenFixture {
  /// How far a module's gradients are from the golden ones, relative to the tolerances: at most 1
  /// passes. Reads all `grad.` outputs of a case, and its `grad_norms` entry by entry at 1e-4.
  public func gradientDeviation(of golden: Case, _ module: any Module) throws -> Double {
    let values = Dictionary(uniqueKeysWithValues: module.state.map { ($0.name, $0.tensor) })
    var worst = 0.0
    for role in golden.outputs.keys.sorted() where role.hasPrefix("grad.") {
      guard let gradient = try values[String(role.dropFirst(5))]?.gradient() else {
        return .infinity
      }
      worst = max(worst, try deviation(role, of: golden, gradient))
    }
    let norms = try (golden.params.parameterOrder ?? []).map { name in
      try values[name]?.gradient()?.squared().sum().squareRoot().item() ?? 0
    }
    worst = max(
      worst, try deviation("grad_norms", of: golden, Tensor(norms, shape: [norms.count])))
    let expected = try output("grad_norms", of: golden).scalars(Double.self)
    for (found, norm) in zip(norms, expected) where found != norm {
      worst = max(worst, abs(found - norm) / (1e-4 * norm))
    }
    return worst
  }
}
