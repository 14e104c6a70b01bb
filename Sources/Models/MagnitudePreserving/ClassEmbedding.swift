import Nets
import Tensors

/// A vector for each class and for "no class": a magnitude-preserving layer on one-hot labels,
/// scaled by the square root of the number of entries.
///
/// - Shapes: labels `[batch]` int64, result `[batch, width]`.
/// - Source: Karras et al., EDM2, arXiv 2312.02696, appendix B.
/// - Departs: "no class" has a vector of its own, where EDM2 has zeros.
final class ClassEmbedding: Module {
  private let layer: MagnitudePreservingLinear
  private let entries: Int

  init(entries: Int, width: Int) throws {
    self.entries = entries
    layer = try MagnitudePreservingLinear(entries, width)
  }

  var members: [Member] { layer.members }

  func constrainParameters() throws { try layer.constrainParameters() }

  func callAsFunction(_ labels: Tensor) throws -> Tensor {
    // A one-hot vector times the weights selects one column.
    try layer.unitRows.permuted([1, 0]).embedding(labels) * Double(entries).squareRoot()
  }
}
