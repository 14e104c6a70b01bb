extension Dataset {
  /// Some items in order, not mirrored, as one batch: for validation and inspection. Posteriors are
  /// drawn with noise that only depends on the index.
  public func batch(_ indices: Range<Int>) throws -> HostBatch {
    var batch = HostBatch(
      firstImage: indices.lowerBound, indices: Array(indices), itemShape: summary.itemShape)
    for index in indices {
      let item = try item(at: index, mirrored: false)
      try summary.check(item, doing: "loading item \(index) of `\(summary.name)`")
      try batch.append(item.drawn(seed: 0, purpose: "data/posterior/held-out", index: index))
    }
    return batch
  }
}
