import Nets
import Tensors

/// Named stages applied one after another; checkpoints have their weights under the same names.
final class StageChain: Module {
  /// One stage: a layer, and the operations around it.
  struct Stage {
    let name: String
    let module: any Module
    let apply: (Tensor) throws -> Tensor
  }

  let stages: [Stage]

  private init(_ stages: [Stage]) { self.stages = stages }

  var members: [Member] { stages.map { .module($0.name, $0.module) } }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    try stages.reduce(x) { try $1.apply($0) }
  }

  /// From pictures to the moments of the latents, before `quant_conv`.
  static func encoder(_ configuration: KLAutoencoderConfiguration) throws -> StageChain {
    let levels = configuration.multipliers.indices
    var stages = StageList(groups: configuration.groups, channels: 3)
    try stages.convolution("conv_in", to: configuration.width)
    for level in levels {
      for block in 0..<configuration.blocks {
        try stages.block("down.\(level).block.\(block)", to: configuration.width(of: level))
        if configuration.attentionLevels.contains(level) {
          try stages.attention("down.\(level).attn.\(block)")
        }
      }
      if level != levels.last { try stages.halving("down.\(level).downsample.conv") }
    }
    try stages.middle()
    try stages.norm("norm_out")
    try stages.convolution("conv_out", to: 2 * configuration.latentChannels)
    return StageChain(stages.stages)
  }

  /// From latents, after `post_quant_conv`, to pictures.
  static func decoder(_ configuration: KLAutoencoderConfiguration) throws -> StageChain {
    let levels = configuration.multipliers.indices
    var stages = StageList(groups: configuration.groups, channels: configuration.latentChannels)
    try stages.convolution("conv_in", to: configuration.width(of: levels.count - 1))
    try stages.middle()
    for level in levels.reversed() {
      for block in 0...configuration.blocks {
        try stages.block("up.\(level).block.\(block)", to: configuration.width(of: level))
        if configuration.attentionLevels.contains(level) {
          try stages.attention("up.\(level).attn.\(block)")
        }
      }
      if level != levels.first { try stages.doubling("up.\(level).upsample.conv") }
    }
    try stages.norm("norm_out")
    try stages.convolution("conv_out", to: 3)
    return StageChain(stages.stages)
  }
}

/// Builds a chain and keeps track of the number of channels that the next stage receives.
private struct StageList {
  let groups: Int
  var channels: Int
  private(set) var stages: [StageChain.Stage] = []

  init(groups: Int, channels: Int) {
    self.groups = groups
    self.channels = channels
  }

  mutating func convolution(_ name: String, to outputs: Int) throws {
    let layer = try Convolution(channels, outputs)
    stages.append(.init(name: name, module: layer, apply: layer.callAsFunction))
    channels = outputs
  }

  mutating func block(_ name: String, to outputs: Int) throws {
    let layer = try KLResidualBlock(channels, outputs, groups: groups)
    stages.append(.init(name: name, module: layer, apply: layer.callAsFunction))
    channels = outputs
  }

  mutating func attention(_ name: String) throws {
    let layer = try KLAttention(channels, groups: groups)
    stages.append(.init(name: name, module: layer, apply: layer.callAsFunction))
  }

  mutating func middle() throws {
    try block("mid.block_1", to: channels)
    try attention("mid.attn_1")
    try block("mid.block_2", to: channels)
  }

  /// Halves the sides; pads with zeros only at the right and at the bottom.
  mutating func halving(_ name: String) throws {
    let layer = try Convolution(channels, channels, stride: 2, padding: 0)
    stages.append(
      .init(name: name, module: layer) { try layer($0.padded(bottom: 1, right: 1)) })
  }

  /// Doubles the sides, then applies a convolution.
  mutating func doubling(_ name: String) throws {
    let layer = try Convolution(channels, channels)
    stages.append(.init(name: name, module: layer) { try layer($0.upsampledNearest(by: 2)) })
  }

  mutating func norm(_ name: String) throws {
    let layer = try GroupNorm(channels: channels, groups: groups, epsilon: 1e-6)
    stages.append(.init(name: name, module: layer) { try layer($0).silu() })
  }
}
