import Samples

extension FourierEmbedding: RowEmbedding {}
extension ClassEmbedding: RowEmbedding {}
extension MagnitudePreservingLinear: RowEmbedding {}

extension ConditionEmbedder {
  /// EDM2's layers: Fourier features of time and unit-magnitude vectors, mixed in equal shares.
  ///
  /// - Source: Karras et al., EDM2, arXiv 2312.02696, appendix B.
  convenience init(magnitudePreserving shape: ConditionShape, width: Int) throws {
    try self.init(
      width: width,
      Layers(
        time: FourierEmbedding(width: width),
        label: shape.classes.map {
          ("y_embedder", try ClassEmbedding(entries: $0 + 1, width: width))
        },
        vector: shape.vectorWidth.map { try MagnitudePreservingLinear($0, width) }),
      join: { parts in
        try parts.dropFirst().enumerated().reduce(parts[0]) { sum, part in
          // Equal shares: a half, then a third.
          try sum.magnitudePreservingSum(part.element, share: 1 / Double(part.offset + 2))
        }.magnitudePreservingSiLU()
      })
  }
}
