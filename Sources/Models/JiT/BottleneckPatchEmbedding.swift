import Nets
import Tensors

/// Embeds each patch of a picture as a token, through a low-rank linear map.
///
/// - Shapes: input `[batch, channels, side, side]`, result `[batch, (side/patch)², width]`.
/// - Source: JiT, arXiv 2511.13720, section 4.3: two linear maps through `bottleneck` channels,
///   without an activation between them.
final class BottleneckPatchEmbedding: Module {
  private let squeeze: Parameter
  private let expand: PatchEmbedding
  private let patch: Int

  init(channels: Int, patch: Int, bottleneck: Int, width: Int) throws {
    self.patch = patch
    let inputs = channels * patch * patch
    squeeze = try Parameter(
      shape: [bottleneck, channels, patch, patch],
      .xavierUniform(fanIn: inputs, fanOut: bottleneck))
    expand = try PatchEmbedding(channels: bottleneck, patch: 1, width: width)
  }

  /// `proj1.weight`, `proj2`.
  var members: [Member] {
    [.parameter("proj1.weight", squeeze), .module("proj2", expand)]
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    try expand(x.convolved(squeeze.value, nil, stride: patch, padding: 0))
  }
}
