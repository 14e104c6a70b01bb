import Nets
import Tensors

/// A residual block: two convolutions, each after normalisation and SiLU, with a skip connection;
/// the skip has a 1×1 convolution if the number of channels changes.
final class KLResidualBlock: Module {
  private let norms: [GroupNorm]
  private let convolutions: [Convolution]
  private let shortcut: Convolution?

  init(_ inputs: Int, _ outputs: Int, groups: Int) throws {
    norms = try [inputs, outputs].map {
      try GroupNorm(channels: $0, groups: groups, epsilon: 1e-6)
    }
    convolutions = try [inputs, outputs].map { try Convolution($0, outputs) }
    shortcut = inputs == outputs ? nil : try Convolution(inputs, outputs, kernel: 1)
  }

  var members: [Member] {
    [
      .module("norm1", norms[0]), .module("conv1", convolutions[0]), .module("norm2", norms[1]),
      .module("conv2", convolutions[1]),
    ] + (shortcut.map { [.module("nin_shortcut", $0)] } ?? [])
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let hidden = try zip(norms, convolutions).reduce(x) { hidden, layer in
      try layer.1(layer.0(hidden).silu())
    }
    return try (shortcut?(x) ?? x) + hidden
  }
}

/// Attention with one head over all positions of a feature map, with a skip connection.
final class KLAttention: Module {
  private let norm: GroupNorm
  private let queries: Convolution
  private let keys: Convolution
  private let values: Convolution
  private let output: Convolution

  init(_ channels: Int, groups: Int) throws {
    func projection() throws -> Convolution { try Convolution(channels, channels, kernel: 1) }
    norm = try GroupNorm(channels: channels, groups: groups, epsilon: 1e-6)
    queries = try projection()
    keys = try projection()
    values = try projection()
    output = try projection()
  }

  var members: [Member] {
    [
      .module("norm", norm), .module("q", queries), .module("k", keys), .module("v", values),
      .module("proj_out", output),
    ]
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let (batch, channels) = (x.shape[0], x.shape[1])
    let normed = try norm(x)
    // [batch, channels, height, width] -> [batch, 1 head, positions, channels]
    let parts = try [queries, keys, values].map {
      try $0(normed).reshaped([batch, 1, channels, -1]).permuted([0, 1, 3, 2])
    }
    let mixed = try parts[0].attention(
      keys: parts[1], values: parts[2], scale: 1 / Double(channels).squareRoot())
    return try x + output(mixed.permuted([0, 1, 3, 2]).reshaped(x.shape))
  }
}
