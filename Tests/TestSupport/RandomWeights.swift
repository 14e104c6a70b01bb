import Nets

extension Module {
  /// Sets every trainable parameter to normal random numbers, so that no layer is zero or the identity.
  ///
  /// Matrices get standard deviation `gain`/√inputs, vectors 0.1.
  public func randomize(seed: UInt64, gain: Float = 1) throws {
    try randomizeParameters(seed: seed, purpose: "test", gain: gain)
  }
}
