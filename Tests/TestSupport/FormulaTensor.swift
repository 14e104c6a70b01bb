import Tensors

/// `count` numbers in −1…1 that Swift and Python compute from a name: `2u − 1`, with `u` from
/// SplitMix64 seeded with an FNV-1a hash of the name.
public func formulaNumbers(_ name: String, _ count: Int) -> [Float] {
  var state: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  return (0..<count).map { _ in
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    // 24 bits are exact in float32.
    return Float(mixed >> 40) * 0x1p-23 - 1
  }
}

extension Tensor {
  /// A tensor computed from a name, so that fixtures need not store it: `center + spread · x` as
  /// float32, with `x` from ``formulaNumbers(_:_:)``.
  public static func formula(
    _ name: String, shape: [Int], center: Double = 0, spread: Double = 1
  ) throws -> Tensor {
    let values = formulaNumbers(name, shape.reduce(1, *))
    return try Tensor(values.map { Float(center + spread * Double($0)) }, shape: shape)
  }

  /// A weight computed from its name. Matrices are scaled so that the output has unit variance;
  /// gains and variances are around 1.
  public static func formulaWeight(_ name: String, shape: [Int]) throws -> Tensor {
    guard shape.count == 1 else {
      let inputs = shape.dropFirst().reduce(1, *)
      return try formula(name, shape: shape, spread: (3 / Double(inputs)).squareRoot())
    }
    let isGain = name.hasSuffix("weight") || name.hasSuffix("running_var")
    return try formula(name, shape: shape, center: isGain ? 1 : 0, spread: 0.2)
  }
}
