import Diagnostics
import Encoding
import Foundation
import Recipes
import RunFiles

extension RunLayout {
  /// Facts about a run that are not in its log, for the report: data, parameters, floating-point
  /// operations per image, the teacher and its cost.
  public func facts() throws -> [String: String] {
    let recipe = try RecipeLayers(file: self.recipe).resolved()
    let description = try DataDescription(of: self)
    let model = try recipe.makeModel(for: description)
    let routing = try recipe.makeRouting(depth: model.depth)
    let arithmetic =
      try model.forwardFLOPs(routing: routing) + model.projectionFLOPs(routing: routing)
    let data = description.summary
    let shape = data.itemShape.dimensions.map(String.init).joined(separator: " × ")
    var facts = [
      "data": "\(data.name), \(Readable.count(data.count)) items of \(shape), "
        + "\(data.classNames.count) classes",
      "parameters": Readable.count(model.parameterCount),
      "arithmetic per image": Readable.quantity(3 * arithmetic, "FLOP"),
      "tokens per image": "\(model.tokenCount)",
    ]
    if let teacher = description.teacher { facts["teacher"] = text(teacher, description) }
    return facts
  }

  /// The teacher's name and its cost, which is paid once for a cache, or for every image.
  private func text(_ teacher: TeacherDescription, _ data: DataDescription) -> String {
    if let cost = data.featureCost {
      let text = cost.text(flopsPerPicture: data.summary.features?.flopsPerPicture ?? 0)
      return "\(teacher.network), features from the cache: \(text), once"
    }
    guard let flops = teacher.flopsPerImage else { return teacher.network }
    return "\(teacher.network), on the fly: \(Readable.quantity(flops, "FLOP")) more per image"
  }
}
