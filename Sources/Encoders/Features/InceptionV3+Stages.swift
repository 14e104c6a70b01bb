import Tensors

/// One convolution of a branch: its name in checkpoints, and its sizes.
struct InceptionLayer {
  let name: String
  let outputs: Int
  var kernel = (1, 1)
  var stride = 1
  /// Whether the map is padded by half a kernel of zeros; without padding it shrinks.
  var isPadded = true
}

/// A branch: pooling, then convolutions one after another; the last ones may run in parallel.
struct InceptionBranch {
  enum Pool {
    /// 3x3 with stride 1, without counting the padding.
    case average
    /// 3x3 with stride 1.
    case maximum
    /// 3x3 with stride 2, without padding.
    case halving
  }
  var pool: Pool?
  var chain: [InceptionLayer] = []
  var sideBySide: [InceptionLayer] = []
}

/// Branches over one feature map, joined along the channels. A single convolution is a stage with
/// one branch.
final class InceptionStage {
  private typealias Layers = [(name: String, convolution: FrozenConvolution)]
  private let branches: [(pool: InceptionBranch.Pool?, chain: Layers, sideBySide: Layers)]

  init(_ inputs: Int, _ branches: [InceptionBranch]) throws {
    self.branches = try branches.map { branch in
      var width = inputs
      let chain = try branch.chain.map { layer in
        defer { width = layer.outputs }
        return (layer.name, try Self.convolution(width, layer))
      }
      let sideBySide = try branch.sideBySide.map { ($0.name, try Self.convolution(width, $0)) }
      return (branch.pool, chain, sideBySide)
    }
  }

  /// All convolutions with their names, in checkpoint order.
  var convolutions: [(name: String, convolution: FrozenConvolution)] {
    branches.flatMap { $0.chain + $0.sideBySide }
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let maps = try branches.flatMap { branch in
      let map = try branch.chain.reduce(Self.pooled(x, branch.pool)) { try $1.convolution($0) }
      return branch.sideBySide.isEmpty
        ? [map] : try branch.sideBySide.map { try $0.convolution(map) }
    }
    return maps.count == 1 ? maps[0] : try .concatenated(maps, dim: 1)
  }

  func add(to cost: inout MapCost) {
    let start = cost
    for branch in branches {
      var way = start
      if case .halving = branch.pool { way.halve(3) }
      for layer in branch.chain { way.pass(layer.convolution) }
      cost.join(way, from: start)
      for layer in branch.sideBySide {
        var end = way
        end.pass(layer.convolution)
        cost.join(end, from: way)
      }
    }
  }

  private static func convolution(_ inputs: Int, _ layer: InceptionLayer) throws
    -> FrozenConvolution
  {
    try FrozenConvolution(
      inputs, layer.outputs, kernel: layer.kernel, stride: layer.stride,
      padding: layer.isPadded ? nil : .symmetric(0, 0), activation: .relu)
  }

  private static func pooled(_ x: Tensor, _ pool: InceptionBranch.Pool?) throws -> Tensor {
    switch pool {
    case .average: try x.averagePooled(3, stride: 1, padding: 1)
    case .maximum: try x.maxPooled(3, stride: 1, padding: 1)
    case .halving: try x.maxPooled(3, stride: 2)
    case nil: x
    }
  }
}

/// The stages of the network from first to last, under their checkpoint names.
enum InceptionPlan {
  static func stages() throws -> [(name: String, stage: InceptionStage)] {
    var inputs = 3
    return try plan.map { name, outputs, branches in
      defer { inputs = outputs }
      return (name, try InceptionStage(inputs, branches))
    }
  }

  private static let plan: [(name: String, outputs: Int, branches: [InceptionBranch])] = [
    ("Conv2d_1a_3x3", 32, single(32, stride: 2, isPadded: false)),
    ("Conv2d_2a_3x3", 32, single(32, isPadded: false)),
    ("Conv2d_2b_3x3", 64, single(64)),
    ("pool_1", 64, [InceptionBranch(pool: .halving)]),
    ("Conv2d_3b_1x1", 80, single(80, kernel: 1)),
    ("Conv2d_4a_3x3", 192, single(192, isPadded: false)),
    ("pool_2", 192, [InceptionBranch(pool: .halving)]),
    ("Mixed_5b", 256, fine(pooled: 32)),
    ("Mixed_5c", 288, fine(pooled: 64)),
    ("Mixed_5d", 288, fine(pooled: 64)),
    ("Mixed_6a", 768, firstReduction),
    ("Mixed_6b", 768, middle(128)),
    ("Mixed_6c", 768, middle(160)),
    ("Mixed_6d", 768, middle(160)),
    ("Mixed_6e", 768, middle(192)),
    ("Mixed_7a", 1280, secondReduction),
    ("Mixed_7b", 2048, coarse(.average)),
    ("Mixed_7c", 2048, coarse(.maximum)),
  ]

  private static func single(
    _ outputs: Int, kernel: Int = 3, stride: Int = 1, isPadded: Bool = true
  ) -> [InceptionBranch] {
    let layer = InceptionLayer(
      name: "", outputs: outputs, kernel: (kernel, kernel), stride: stride, isPadded: isPadded)
    return [InceptionBranch(chain: [layer])]
  }

  /// The layer of a branch: its checkpoint name, channels, and kernel (rows, columns).
  private static func layer(_ name: String, _ outputs: Int, _ kernel: (Int, Int) = (1, 1))
    -> InceptionLayer
  {
    InceptionLayer(name: name, outputs: outputs, kernel: kernel)
  }

  /// 35x35 positions: 1x1, 5x5, twice 3x3, pooling.
  private static func fine(pooled: Int) -> [InceptionBranch] {
    [
      InceptionBranch(chain: [layer("branch1x1", 64)]),
      InceptionBranch(chain: [layer("branch5x5_1", 48), layer("branch5x5_2", 64, (5, 5))]),
      InceptionBranch(chain: [
        layer("branch3x3dbl_1", 64), layer("branch3x3dbl_2", 96, (3, 3)),
        layer("branch3x3dbl_3", 96, (3, 3)),
      ]),
      InceptionBranch(pool: .average, chain: [layer("branch_pool", pooled)]),
    ]
  }

  /// 35x35 to 17x17 positions.
  private static let firstReduction = [
    InceptionBranch(chain: [halving("branch3x3", 384)]),
    InceptionBranch(chain: [
      layer("branch3x3dbl_1", 64), layer("branch3x3dbl_2", 96, (3, 3)),
      halving("branch3x3dbl_3", 96),
    ]),
    InceptionBranch(pool: .halving),
  ]

  /// 17x17 positions: 1x1, 7x7 as a row and a column, the same twice, pooling.
  private static func middle(_ width: Int) -> [InceptionBranch] {
    let (row, column) = ((1, 7), (7, 1))
    return [
      InceptionBranch(chain: [layer("branch1x1", 192)]),
      InceptionBranch(chain: [
        layer("branch7x7_1", width), layer("branch7x7_2", width, row),
        layer("branch7x7_3", 192, column),
      ]),
      InceptionBranch(chain: [
        layer("branch7x7dbl_1", width), layer("branch7x7dbl_2", width, column),
        layer("branch7x7dbl_3", width, row), layer("branch7x7dbl_4", width, column),
        layer("branch7x7dbl_5", 192, row),
      ]),
      InceptionBranch(pool: .average, chain: [layer("branch_pool", 192)]),
    ]
  }

  /// 17x17 to 8x8 positions.
  private static let secondReduction = [
    InceptionBranch(chain: [layer("branch3x3_1", 192), halving("branch3x3_2", 320)]),
    InceptionBranch(chain: [
      layer("branch7x7x3_1", 192), layer("branch7x7x3_2", 192, (1, 7)),
      layer("branch7x7x3_3", 192, (7, 1)), halving("branch7x7x3_4", 192),
    ]),
    InceptionBranch(pool: .halving),
  ]

  /// 8x8 positions: 1x1, 3x3 as a row parallel to a column, the same after a 3x3, pooling.
  private static func coarse(_ pool: InceptionBranch.Pool) -> [InceptionBranch] {
    func pair(_ name: String) -> [InceptionLayer] {
      [layer("\(name)a", 384, (1, 3)), layer("\(name)b", 384, (3, 1))]
    }
    return [
      InceptionBranch(chain: [layer("branch1x1", 320)]),
      InceptionBranch(chain: [layer("branch3x3_1", 384)], sideBySide: pair("branch3x3_2")),
      InceptionBranch(
        chain: [layer("branch3x3dbl_1", 448), layer("branch3x3dbl_2", 384, (3, 3))],
        sideBySide: pair("branch3x3dbl_3")),
      InceptionBranch(pool: pool, chain: [layer("branch_pool", 192)]),
    ]
  }

  private static func halving(_ name: String, _ outputs: Int) -> InceptionLayer {
    InceptionLayer(name: name, outputs: outputs, kernel: (3, 3), stride: 2, isPadded: false)
  }
}
