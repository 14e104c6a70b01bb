import Foundation

/// A stream of random numbers that is a pure function of (seed, purpose, index).
///
/// Nothing in Peregrine draws from a global generator. Each use names its purpose and the index of
/// the item it draws for (an image, a step), so the numbers do not depend on batch size, worker
/// count, device or interruptions.
///
///     var stream = RandomStream(seed: 7, purpose: "sampling/noise", index: 5)
///     let noise = stream.normals(2_048)   // the noise of picture 5, in any batch
///
/// - Source: Philox4x32-10, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
/// - Departs: the 64-bit key is a hash of (seed, purpose); the upper counter words hold the index.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let index: UInt64
  private var block: UInt64 = 0
  private var buffer = SIMD4<UInt32>()
  private var used = 4

  /// Creates the stream of a purpose and an index.
  ///
  /// - Parameters:
  ///   - seed: the user's seed.
  ///   - purpose: what the numbers are for, such as `"training/noise"`; each purpose has its own
  ///     stream.
  ///   - index: which image, step or item the numbers are for.
  public init(seed: UInt64, purpose: String, index: UInt64 = 0) {
    // FNV-1a hash of the purpose, then SplitMix64's finaliser to spread seed and purpose over the
    // key.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    var mixed = seed &+ 0x9e37_79b9_7f4a_7c15 &* (hash | 1)
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    self.key = SIMD2(UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
    self.index = index
  }

  /// The next 32 random bits.
  public mutating func next32() -> UInt32 {
    if used == 4 {
      buffer = words(ofBlock: block)
      block &+= 1
      used = 0
    }
    defer { used += 1 }
    return buffer[used]
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let low = UInt64(next32())
    return low | UInt64(next32()) << 32
  }

  /// A number in [0, 1), on a grid of 2⁻⁵³.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// `count` numbers in [0, 1).
  public mutating func uniforms(_ count: Int) -> [Double] {
    (0..<count).map { _ in uniform() }
  }

  /// An integer in `0..<bound`, without modulo bias beyond 2⁻³².
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "RandomStream.integer(below:) needs a positive bound, got \(bound).")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// `count` independent standard normal numbers, by the Box-Muller transform.
  public mutating func normals(_ count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { target, written in
      var position = 0
      while position < count {
        // 24-bit uniforms, offset by half a step: never 0, so the logarithm is finite.
        let first = (Float(next32() >> 8) + 0.5) * 0x1p-24
        let second = (Float(next32() >> 8) + 0.5) * 0x1p-24
        let radius = (-2 * log(first)).squareRoot()
        let angle = 2 * Float.pi * second
        target[position] = radius * cos(angle)
        if position + 1 < count { target[position + 1] = radius * sin(angle) }
        position += 2
      }
      written = count
    }
  }

  /// The numbers `0..<count` in random order (Fisher-Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(below: last + 1))
    }
    return order
  }

  /// The next four words: Philox of the counter (block, index).
  private func words(ofBlock block: UInt64) -> SIMD4<UInt32> {
    let counter = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32))
    return Self.philox(counter: counter, key: key)
  }

  /// Philox4x32 with ten rounds.
  static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (counter, key) = (counter, key)
    for _ in 0..<10 {
      let first = UInt64(counter[0]) &* 0xD251_1F53
      let second = UInt64(counter[2]) &* 0xCD9E_8D57
      counter = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ counter[1] ^ key[0],
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter[3] ^ key[1],
        UInt32(truncatingIfNeeded: first))
      key = SIMD2(key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85)
    }
    return counter
  }
}
