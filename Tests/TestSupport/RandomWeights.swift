import DiffusionMath
import Nets
import Tensors

extension Module {
  /// Overwrites every trainable parameter with normal numbers, so that nothing is zero or the identity.
  ///
  /// Matrices get standard deviation `gain`/√inputs, vectors 0.1.
  public func randomize(seed: UInt64, gain: Float = 1) throws {
    for entry in trainableParameters {
      let value = entry.parameter.value
      let inputs = value.shape.dropFirst().reduce(1, *)
      let scale = value.shape.count > 1 ? gain / Float(inputs).squareRoot() : 0.1
      var stream = RandomStream(seed: seed, purpose: "test/\(entry.name)")
      try value.copy(
        from: Tensor(stream.normals(value.count).map { $0 * scale }, shape: value.shape))
    }
  }
}
