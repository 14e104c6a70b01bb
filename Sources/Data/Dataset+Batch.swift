extension Dataset {
  /// Some items in order, unmirrored, as one batch: for validation and inspection.
  public func batch(_ indices: Range<Int>) throws -> HostBatch {
    let items = try indices.map { try item(at: $0, mirrored: false) }
    return HostBatch(
      values: items.flatMap(\.values), labels: items.map(\.label), firstImage: indices.lowerBound,
      indices: Array(indices), itemShape: summary.itemShape)
  }
}
