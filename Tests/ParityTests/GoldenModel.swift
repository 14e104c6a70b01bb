import Models
import Nets
import Tensors
import TestSupport
import Testing

/// Checks that a model has the sizes in the manifest.
func expectSizes(_ sizes: GoldenSizes, of model: any Backbone) {
  #expect(model.parameterCount == sizes.parameters)
  if let trainable = sizes.parametersTrainable {
    #expect(
      model.trainableParameters.reduce(0) { $0 + $1.parameter.value.count } == trainable)
  }
  #expect(model.namedParameters.count == sizes.stateDictTensors)
  #expect(model.itemShape == [sizes.inChannels, sizes.inputSize, sizes.inputSize])
  #expect(model.depth == sizes.depth)
  #expect(model.conditions.classes == sizes.nullLabel)
}

extension Backbone {
  /// Our outputs for the roles of the layers before the blocks.
  ///
  /// - Parameter time: in the network's own time convention.
  func embeddings(
    _ item: Tensor, classToken: Tensor? = nil, time: Tensor, labels: Tensor
  ) throws -> [String: Tensor] {
    var answers: [String: Tensor] = [:]
    answers["mid.x_embedder"] = try (module("x_embedder.proj") as? PatchEmbedding)?(item)
    answers["mid.t_embedder"] = try (module("t_embedder") as? TimeEmbedding)?(time)
    answers["mid.y_embedder"] =
      try (module("y_embedder.embedding_table") as? Embedding)?(labels)
    if let classToken, let projection = module("cls_projectors2") as? Linear {
      answers["mid.wg_norm"] = try (module("wg_norm") as? RMSNorm)?(projection(classToken))
    }
    return answers
  }

  /// Our outputs for the roles of a case on small inputs, computed with the network's norms.
  ///
  /// Norms without parameters are left out, because they are not modules.
  func norms(_ golden: GoldenFixture.Case, _ fixture: GoldenFixture) throws -> [String: Tensor] {
    var answers: [String: Tensor] = [:]
    for role in golden.outputs.keys {
      guard let path = golden.norm(of: role), let norm = module(path) as? RMSNorm else { continue }
      let input = path.contains(".attn.") ? "head" : "width"
      answers[role] = try norm(fixture.input(input, of: golden))
    }
    return answers
  }
}

extension Module {
  /// Our outputs for the roles of a backward pass: gradients, their norms in a given order, and the
  /// global norm. A missing gradient counts as zero.
  func gradients(in order: [String]?) throws -> [String: Tensor] {
    let parameters = Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor) })
    let gradients = try parameters.compactMapValues { try $0.gradient() }
    var answers = Dictionary(uniqueKeysWithValues: gradients.map { ("grad.\($0)", $1) })
    let norms = try (order ?? []).map { name in
      try gradients[name]?.squared().sum().squareRoot().item() ?? 0
    }
    answers["grad_norms"] = try Tensor(norms, shape: [norms.count])
    answers["grad_norm_total"] = try clipGradients(of: namedParameters, to: nil).reshaped([])
    return answers
  }
}
