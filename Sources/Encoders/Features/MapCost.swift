/// Follows the size of a feature map through the layers of a network and adds up floating-point
/// operations (one multiply-add counts as two).
struct MapCost {
  private(set) var height: Int
  private(set) var width: Int
  private(set) var flops = 0.0

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The map goes through a convolution.
  mutating func pass(_ convolution: FrozenConvolution) {
    flops += convolution.flops(height: &height, width: &width)
  }

  /// The map is pooled with stride 2, without padding.
  mutating func halve(_ kernel: Int, roundingUp: Bool = false) {
    (height, width) = (
      (height - kernel + (roundingUp ? 1 : 0)) / 2 + 1,
      (width - kernel + (roundingUp ? 1 : 0)) / 2 + 1
    )
  }

  /// Adds a parallel branch, which was counted in a copy of this value.
  mutating func join(_ branch: MapCost, from start: MapCost) {
    flops += branch.flops - start.flops
    (height, width) = (branch.height, branch.width)
  }
}
