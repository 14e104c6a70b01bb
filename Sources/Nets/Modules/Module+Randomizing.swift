import DiffusionMath
import Tensors

extension Module {
  /// Overwrites every trained parameter with normal random numbers, so that no weight is zero and
  /// no block is the identity. For comparing what two programs compute.
  ///
  /// Matrices get a standard deviation of `gain` divided by the square root of their inputs,
  /// vectors one of 0.1.
  /// - Parameter purpose: the purpose of the random streams; each parameter's stream has its name
  ///   appended.
  public func randomizeParameters(seed: UInt64, purpose: String, gain: Float = 1) throws {
    for entry in trainableParameters {
      let value = entry.parameter.value
      let inputs = value.shape.dropFirst().reduce(1, *)
      let scale = value.shape.count > 1 ? gain / Float(inputs).squareRoot() : 0.1
      var stream = RandomStream(seed: seed, purpose: "\(purpose)/\(entry.name)")
      try value.copy(
        from: Tensor(stream.normals(value.count).map { $0 * scale }, shape: value.shape))
    }
  }
}
