import Diagnostics
import DiffusionMath

/// Assembles the items of one batch; a pure function of its image numbers.
struct BatchAssembly: Sendable {
  let dataset: any Dataset
  let flip: Bool
  let seed: UInt64

  /// The batch that starts with image `firstImage`; checks between items whether to stop.
  func batch(firstImage: Int, indices: [Int], isStopped: () -> Bool) throws -> HostBatch {
    let summary = dataset.summary
    var batch = HostBatch(
      firstImage: firstImage, indices: indices, itemShape: summary.itemShape)
    for (offset, index) in indices.enumerated() where !isStopped() {
      try batch.append(item(at: index, image: firstImage + offset))
    }
    return batch
  }

  private func item(at index: Int, image: Int) throws -> DatasetItem {
    var coin = RandomStream(seed: seed, purpose: "data/flip", index: UInt64(image))
    let mirrored = flip && coin.uniform() < 0.5
    let doing = "loading item \(index) of `\(dataset.summary.name)` (image \(image) of the run)"
    do {
      let item = try dataset.item(at: index, mirrored: mirrored)
      try dataset.summary.check(item, doing: doing)
      return item.drawn(seed: seed, purpose: "data/posterior", index: image)
    } catch {
      let cause = error as? PeregrineError
      throw PeregrineError(
        cause?.code ?? .failure, doing: doing, found: "an item that cannot be used", cause: error)
    }
  }
}
