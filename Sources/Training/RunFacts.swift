import Diagnostics

extension RunFolder {
  /// What is known of a run beyond its log: data, parameters, arithmetic per image. For its page.
  public func facts() throws -> [String: String] {
    let recipe = try RecipeLayers(file: self.recipe).resolved()
    let description = try DataDescription(of: self)
    let model = try recipe.makeModel(for: description)
    let arithmetic = try model.forwardFLOPs(routing: recipe.makeRouting(depth: model.depth))
    let data = description.summary
    let shape = data.itemShape.map(String.init).joined(separator: " × ")
    return [
      "data": "\(data.name), \(Readable.count(data.count)) items of \(shape), "
        + "\(data.classNames.count) classes",
      "parameters": Readable.count(model.parameterCount),
      "arithmetic per image": Readable.quantity(3 * arithmetic, "FLOP"),
      "tokens per image": "\(model.tokenCount)",
    ]
  }
}
