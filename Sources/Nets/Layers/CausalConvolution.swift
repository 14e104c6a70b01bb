import Tensors

/// A depthwise convolution over the sequence, in which a token sees only itself and the few tokens
/// before it.
///
/// - Shapes: input and result `[batch, tokens, channels]`; weight `[channels, 1, kernel]`, whose
///   last number is for the token itself.
public final class CausalConvolution: Module {
  /// `[channels, 1, kernel]`.
  public let weight: Parameter
  /// `[channels]`.
  public let bias: Parameter
  private let kernel: Int

  /// Makes a layer; weights and bias uniform in ±1/√kernel.
  public init(channels: Int, kernel: Int = 4) throws {
    let bound = 1 / Float(kernel).squareRoot()
    weight = try Parameter(shape: [channels, 1, kernel], .uniform(-bound, bound))
    bias = try Parameter(shape: [channels], .uniform(-bound, bound))
    self.kernel = kernel
  }

  /// `weight`, `bias`.
  public var members: [Member] { [.parameter("weight", weight), .parameter("bias", bias)] }

  /// Applies the layer.
  ///
  /// - Parameter reversed: whether the sequence runs from its last token to its first.
  public func callAsFunction(_ x: Tensor, reversed: Bool = false) throws -> Tensor {
    let (tokens, reach) = (x.shape[1], kernel - 1)
    // A map with one row, whose channels are already adjacent in memory: [batch, channels, 1,
    // tokens].
    let map = try x.permuted([0, 2, 1]).unsqueezed(2)
    let weights = try reversed ? weight.value.flipped(2) : weight.value
    let seen = try map.convolved(
      weights.unsqueezed(2), bias.value, stride: (1, 1), padding: (0, reach), groups: x.shape[2])
    // The padding lets tokens see both directions; of the longer result, keep the part that looks
    // back.
    let start = reversed ? reach : 0
    return try seen.sliced(3, start..<start + tokens).squeezed(2).permuted([0, 2, 1])
  }
}
