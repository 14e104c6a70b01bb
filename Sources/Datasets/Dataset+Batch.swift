extension Dataset {
  /// Some items in order, not mirrored, as one batch: for validation and inspection.
  public func batch(_ indices: Range<Int>) throws -> HostBatch {
    var batch = HostBatch(
      firstImage: indices.lowerBound, indices: Array(indices), itemShape: summary.itemShape)
    for index in indices { batch.append(try item(at: index, mirrored: false)) }
    return batch
  }
}
