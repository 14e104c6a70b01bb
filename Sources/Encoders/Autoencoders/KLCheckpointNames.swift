import Diagnostics
import Foundation
import Tensors

/// Translates the names of tensors in published files to the names of ``KLAutoencoder``, which are
/// CompVis's.
///
/// Known are files with CompVis's names, including those of a whole Stable Diffusion model or of a
/// training checkpoint, and files with diffusers' newer and older names.
struct KLCheckpointNames {
  /// Where the tensors come from, for messages.
  let source: String

  /// Parts of diffusers' names and their replacements, in the order of replacement.
  private static let parts = [
    ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
    ("mid_block.attentions.0", "mid.attn_1"), ("down_blocks", "down"), ("resnets", "block"),
    ("attentions", "attn"), ("downsamplers.0", "downsample"), ("upsamplers.0", "upsample"),
    ("conv_shortcut", "nin_shortcut"), ("conv_norm_out", "norm_out"), ("group_norm", "norm"),
    ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out"), ("query", "q"),
    ("key", "k"), ("value", "v"), ("proj_attn", "proj_out"),
  ]
  /// FLUX.2's own files have these inside encoder and decoder.
  private static let nested = [
    "encoder.quant_conv": "quant_conv", "decoder.post_quant_conv": "post_quant_conv",
  ]
  /// Other contents of files: counters, bookkeeping of averages, the networks of the loss.
  private static let leftovers = ["loss.", "model_ema.", "bn.num_batches_tracked"]
  /// A tensor that every autoencoder of the family has, with every kind of names.
  private static let anchor = "encoder.conv_in.weight"

  /// The tensors under our names, with attention's matrices as 1×1 convolutions.
  ///
  /// - Throws: ``PeregrineError`` `.badData` when the file contains no such autoencoder, or
  ///   several, or mixes both kinds of names.
  func ours(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
    let own = try withoutPrefix(tensors)
    let lastLevel = own.keys.compactMap { Self.upBlock($0.split(separator: ".")) }.max()
    let theirs = own.keys.filter { Self.has($0, ["down_blocks", "up_blocks", "mid_block"]) }.min()
    let compVis = own.keys.filter { Self.has($0, ["down", "up", "mid"]) }.min()
    if let theirs, let compVis {
      throw refusal(
        found: "`\(theirs)` beside `\(compVis)`",
        expected: "the names of CompVis or those of diffusers, not both")
    }
    var renamed: [String: Tensor] = [:]
    for (name, tensor) in own.sorted(by: { $0.key < $1.key }) {
      let ours = Self.ours(name, lastLevel: lastLevel ?? 0)
      guard renamed[ours] == nil else {
        throw refusal(found: "`\(name)` and another name for it", expected: "each tensor once")
      }
      renamed[ours] = try Self.asConvolution(tensor, named: ours)
    }
    return renamed
  }

  /// The autoencoder's tensors, without the prefix they have in files of larger models.
  private func withoutPrefix(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
    let prefixes = tensors.keys.filter { $0 == Self.anchor || $0.hasSuffix("." + Self.anchor) }
      .map { String($0.dropLast(Self.anchor.count)) }.sorted()
    guard let prefix = prefixes.first, prefixes.count == 1 else {
      throw refusal(
        found: prefixes.isEmpty
          ? "no `\(Self.anchor)` among \(tensors.count) tensors"
          : "several, under \(prefixes.map { "`\($0)`" }.joined(separator: ", "))",
        expected: "one autoencoder in the names of CompVis or diffusers")
    }
    let own = tensors.filter { $0.key.hasPrefix(prefix) }
      .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
      .filter { name, _ in !Self.leftovers.contains { name.hasPrefix($0) } }
    return Dictionary(own, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the part after `encoder` or `decoder` is one of these.
  private static func has(_ name: String, _ parts: [String]) -> Bool {
    parts.contains { name.hasPrefix("encoder.\($0).") || name.hasPrefix("decoder.\($0).") }
  }

  /// The number of diffusers' up block in a name.
  private static func upBlock(_ words: [Substring]) -> Int? {
    words.count > 2 && words[0] == "decoder" && words[1] == "up_blocks" ? Int(words[2]) : nil
  }

  /// Our name of a tensor. diffusers counts the decoder's levels from the coarsest.
  private static func ours(_ name: String, lastLevel: Int) -> String {
    for (theirs, ours) in nested where name.hasPrefix(theirs + ".") {
      return ours + name.dropFirst(theirs.count)
    }
    let dotted = parts.reduce(".\(name).") { name, part in
      name.replacingOccurrences(of: ".\(part.0).", with: ".\(part.1).")
    }
    var words = dotted.split(separator: ".")
    if let block = upBlock(words) {
      words.replaceSubrange(1...2, with: ["up", Substring(String(lastLevel - block))])
    }
    return words.joined(separator: ".")
  }

  /// Reshapes attention's matrices `[outputs, inputs]` and `[outputs, inputs, 1]` to `[outputs,
  /// inputs, 1, 1]`.
  private static func asConvolution(_ tensor: Tensor, named name: String) throws -> Tensor {
    let isProjection = ["q", "k", "v", "proj_out"].contains { name.hasSuffix(".\($0).weight") }
    guard isProjection, (2...3).contains(tensor.shape.count),
      tensor.shape.dropFirst(2).allSatisfy({ $0 == 1 })
    else { return tensor }
    return try tensor.reshaped(tensor.shape.prefix(2) + [1, 1])
  }

  private func refusal(found: String, expected: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: "loading an autoencoder from `\(source)`", found: found, expected: expected,
      advice: "Give the file of the autoencoder alone, or of one model that contains it.")
  }
}
