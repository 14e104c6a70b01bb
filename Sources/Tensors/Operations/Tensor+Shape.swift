import CTorch
import Diagnostics

/// Views, joins and indexing. Views share memory with the tensor they come from.
extension Tensor {
  /// The same elements in another shape. One size may be −1; it is then inferred.
  public func reshaped(_ shape: [Int]) throws -> Tensor {
    try shape.withSizes { sizes, rank in
      try make("reshaping a tensor to \(shape)", [self]) {
        ct_reshape(handle, sizes, rank, $0, $1)
      }
    }
  }
  /// The dimensions in another order: `permuted([0, 2, 1])` swaps the last two of three.
  public func permuted(_ order: [Int]) throws -> Tensor {
    try order.withSizes { order, rank in
      try make("permuting a tensor", [self]) { ct_permute(handle, order, rank, $0, $1) }
    }
  }
  /// Expands dimensions of size 1 to the given sizes, without copying.
  public func expanded(_ shape: [Int]) throws -> Tensor {
    try shape.withSizes { sizes, rank in
      try make("expanding a tensor to \(shape)", [self]) { ct_expand(handle, sizes, rank, $0, $1) }
    }
  }
  /// The elements of one dimension from `range.lowerBound` to below `range.upperBound`.
  public func sliced(_ dim: Int, _ range: Range<Int>, step: Int = 1) throws -> Tensor {
    let position = dim < 0 ? dim + shape.count : dim
    guard shape.indices.contains(position), range.upperBound <= shape[position],
      range.lowerBound >= 0
    else {
      throw PeregrineError(
        .shapeMismatch, doing: "slicing dimension \(dim) of a tensor of shape \(shape)",
        found: "the range \(range)", expected: "a range inside the dimension")
    }
    return try make("slicing a tensor", [self]) {
      ct_slice(
        handle, Int64(dim), Int64(range.lowerBound), Int64(range.upperBound), Int64(step), $0, $1)
    }
  }
  /// The tensor cut into `count` equal parts along a dimension; see ``split(_:dim:)``.
  public func chunks(_ count: Int, dim: Int) throws -> [Tensor] {
    let position = dim < 0 ? dim + shape.count : dim
    guard shape.indices.contains(position), count > 0, shape[position] % count == 0 else {
      throw PeregrineError(
        .shapeMismatch, doing: "cutting dimension \(dim) into \(count) parts",
        found: "shape \(shape)", expected: "a size that is a multiple of the parts")
    }
    let size = shape[position] / count
    return try split([Int](repeating: size, count: count), dim: dim)
  }
  /// The tensor cut along a dimension into parts of the given sizes, which must add up to it.
  ///
  /// The gradients of all parts are joined in one pass, whereas separate slices would each fill a
  /// whole tensor.
  public func split(_ sizes: [Int], dim: Int) throws -> [Tensor] {
    var parts = [ct_tensor?](repeating: nil, count: sizes.count)
    try sizes.withSizes { sizes, count in
      try call("cutting dimension \(dim) into \(count) parts", [self]) {
        ct_split(handle, sizes, count, Int64(dim), &parts, $0)
      }
    }
    return parts.compactMap { $0.map(Tensor.init(owning:)) }
  }
  /// With a dimension of size 1 inserted before `dim`.
  public func unsqueezed(_ dim: Int) throws -> Tensor {
    try make("adding a dimension", [self]) { ct_unsqueeze(handle, Int64(dim), $0, $1) }
  }
  /// Without dimension `dim`, which must have size 1.
  public func squeezed(_ dim: Int) throws -> Tensor {
    try make("dropping a dimension", [self]) { ct_squeeze(handle, Int64(dim), $0, $1) }
  }
  /// The elements of one dimension in reverse order; a copy.
  public func flipped(_ dim: Int) throws -> Tensor {
    try make("flipping a tensor", [self]) { ct_flip(handle, Int64(dim), $0, $1) }
  }
  /// Tensors joined along an existing dimension.
  public static func concatenated(_ tensors: [Tensor], dim: Int) throws -> Tensor {
    try tensors.withHandles { handles, count in
      try make("joining tensors along \(dim)", tensors) {
        ct_concatenate(handles, count, Int64(dim), $0, $1)
      }
    }
  }
  /// Tensors of one shape joined along a new dimension.
  public static func stacked(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    try concatenated(tensors.map { try $0.unsqueezed(dim) }, dim: dim)
  }
  /// The slices of one dimension at `indices` (int64, one-dimensional).
  public func selecting(_ dim: Int, _ indices: Tensor) throws -> Tensor {
    try make("selecting along \(dim)", [self, indices]) {
      ct_index_select(handle, Int64(dim), indices.handle, $0, $1)
    }
  }
  /// The elements at `indices` along a dimension; the result has the shape of `indices`.
  public func gathered(_ dim: Int, _ indices: Tensor) throws -> Tensor {
    try make("gathering along \(dim)", [self, indices]) {
      ct_gather(handle, Int64(dim), indices.handle, $0, $1)
    }
  }
  /// A copy with the elements of `source` written at `indices` along a dimension.
  public func scattering(_ source: Tensor, _ dim: Int, _ indices: Tensor) throws -> Tensor {
    try make("scattering along \(dim)", [self, indices, source]) {
      ct_scatter(handle, Int64(dim), indices.handle, source.handle, $0, $1)
    }
  }
}
