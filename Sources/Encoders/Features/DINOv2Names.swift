import Tensors

/// The names of DINOv2's tensors: translates Hugging Face's names to those of facebookresearch,
/// which we use.
enum DINOv2Names {
  /// Parts of Hugging Face's names and their replacements, in the order of replacement.
  private static let parts = [
    ("embeddings.patch_embeddings.projection.", "patch_embed.proj."),
    ("embeddings.position_embeddings", "pos_embed"),
    ("embeddings.", ""),
    ("encoder.layer.", "blocks."),
    (".attention.output.dense.", ".attn.proj."),
    (".layer_scale1.lambda1", ".ls1.gamma"),
    (".layer_scale2.lambda1", ".ls2.gamma"),
    (".mlp.weights_in.", ".mlp.w12."),
    (".mlp.weights_out.", ".mlp.w3."),
    ("layernorm.", "norm."),
  ]

  /// The tensors under their original names, from either naming. The mask token, which only
  /// training uses, is dropped.
  static func original(_ values: [String: Tensor]) throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (name, value) in values {
      result[parts.reduce(name) { $0.replacing($1.0, with: $1.1, maxReplacements: 1) }] = value
    }
    result["mask_token"] = nil
    return try joiningProjections(result)
  }

  /// Joins the separate projections for queries, keys and values, in this order.
  private static func joiningProjections(_ values: [String: Tensor]) throws -> [String: Tensor] {
    var result = values
    for name in values.keys where name.contains(".attention.attention.query.") {
      let names = ["query", "key", "value"].map { name.replacing(".query.", with: ".\($0).") }
      let projections = names.compactMap { values[$0] }
      guard projections.count == 3 else { continue }
      for name in names { result[name] = nil }
      let joined = name.replacing(".attention.attention.query.", with: ".attn.qkv.")
      result[joined] = try .concatenated(projections, dim: 0)
    }
    return result
  }
}
