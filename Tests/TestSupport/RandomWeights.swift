import Nets

extension Module {
  /// Overwrites every trainable parameter with normal numbers, so that nothing is zero or the identity.
  ///
  /// Matrices get standard deviation `gain`/√inputs, vectors 0.1.
  public func randomize(seed: UInt64, gain: Float = 1) throws {
    try randomizeParameters(seed: seed, purpose: "test", gain: gain)
  }
}
