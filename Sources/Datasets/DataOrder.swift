import DiffusionMath

/// The order in which a run sees the items of a dataset: a new permutation for every epoch.
///
/// A pure function of (count, seed, images seen), independent of stopping, resuming, batch size and
/// worker count.
public struct DataOrder: Sendable {
  /// The number of items in the dataset.
  public let count: Int
  private let seed: UInt64

  /// The order of `count` items, at least one.
  public init(count: Int, seed: UInt64) {
    precondition(count > 0, "There is no order over \(count) items.")
    self.count = count
    self.seed = seed
  }

  /// The item that the run sees as its `n`-th image, counted from 0.
  ///
  /// - Complexity: O(count); for many items, call ``permutation(ofEpoch:)`` once.
  public func index(forImage n: Int) -> Int {
    permutation(ofEpoch: n / count)[n % count]
  }

  /// All items in the order of one epoch.
  public func permutation(ofEpoch epoch: Int) -> [Int] {
    var stream = RandomStream(seed: seed, purpose: "data/order", index: UInt64(epoch))
    return stream.permutation(count)
  }
}
