import DiffusionMath
import FileAccess
import Foundation
import Pictures

/// One part of a dataset that was split in two; see ``Dataset/holdingOut(_:seed:)``.
public struct HeldOut<Base: Dataset>: Dataset {
  /// The dataset that was split.
  public let base: Base
  /// The indices of its items in the base dataset, in ascending order.
  public let indices: [Int]
  /// The summary of the base with this part's count, name and fingerprint.
  public let summary: DatasetSummary

  init(_ base: Base, indices: [Int], part: String, seed: UInt64) {
    self.base = base
    self.indices = indices
    var summary = base.summary
    var fingerprint = Fingerprint("held-out 1")
    fingerprint.add("\(summary.fingerprint) \(part) \(indices.count) \(seed)")
    summary.name += " (\(part))"
    summary.count = indices.count
    summary.fingerprint = fingerprint.text
    self.summary = summary
  }

  /// The files of the whole dataset.
  public var sources: [FilePath] { base.sources }

  /// Checks the whole dataset.
  public func checkItems() throws { try base.checkItems() }

  /// Whether the base has mirrored items.
  public var mirrors: Bool { base.mirrors }

  /// The part's item at `index`.
  public func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    try check(index: index)
    return try base.item(at: indices[index], mirrored: mirrored)
  }
}

extension HeldOut: PictureDataset where Base: PictureDataset {
  /// The class of the picture at `index` in this part.
  public func label(at index: Int) throws -> Int {
    try check(index: index)
    return try base.label(at: indices[index])
  }

  /// The picture at `index` in this part.
  public func picture(at index: Int) throws -> Picture {
    try check(index: index)
    return try base.picture(at: indices[index])
  }
}

extension Dataset {
  /// Splits off `count` items, drawn at random and never used for training.
  ///
  /// The same dataset, count and seed give the same parts. If the dataset has pictures, both parts
  /// are ``PictureDataset``s. `count` must leave at least one item for training.
  public func holdingOut(
    _ count: Int, seed: UInt64
  ) -> (training: some Dataset, validation: some Dataset) {
    precondition(
      count >= 0 && count < summary.count,
      "Cannot hold \(count) of \(summary.count) items out of training.")
    var stream = RandomStream(seed: seed, purpose: "data/held-out")
    let order = stream.permutation(summary.count)
    return (
      HeldOut(self, indices: order.dropFirst(count).sorted(), part: "training", seed: seed),
      HeldOut(self, indices: order.prefix(count).sorted(), part: "validation", seed: seed)
    )
  }
}
