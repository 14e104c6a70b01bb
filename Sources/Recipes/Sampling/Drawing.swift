import Acceleration
import DiffusionMath
import Evaluation
import Foundation
import Sampling
import Tensors

/// A sampler for a trained model, together with the settings that it was made from. These settings
/// identify the pictures that it draws and appear in the protocol of their scores.
public struct Drawing {
  /// The sampler without caches.
  public let sampler: FlowSampler
  /// The sampler that draws, with caches if the settings ask for them.
  public let generator: any Generator
  /// The sampler's settings.
  public let settings: SamplerSettings
  /// The formulation that the model was trained with.
  public let formulation: FlowFormulation
  /// The dtype of the network's matrix products.
  public let precision: DType

  /// Creates a drawing for models trained with a recipe.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for settings that do not fit the training.
  public init(_ recipe: Recipe, _ settings: SamplerSettings, precision: DType) throws {
    try recipe.checkThatNullIsTrained(settings)
    var sampler = try recipe.makeSampler(settings)
    sampler.computation = precision
    self.sampler = sampler
    generator = try settings.caching().map { CachedSampler(sampler, $0) } ?? sampler
    self.settings = settings
    formulation = recipe.objective.formulation
    self.precision = precision
  }

  /// The share of the blocks' floating-point operations computed so far; `nil` without caches.
  public var computedShare: Double? { (generator as? CachedSampler)?.costs.total.share }

  /// Everything that determines the pictures besides weights, seed and classes, in a deterministic
  /// encoding.
  ///
  /// Settings at their defaults are left out, so that adding a setting renames no existing set.
  package func decisions(labels: LabelPolicy) throws -> Data {
    struct Decisions: Encodable {
      let settings: [String: String]
      let formulation: FlowFormulation
      let precision: String
      let labels: LabelPolicy
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(
      Decisions(
        settings: try settings.changes(), formulation: formulation, precision: "\(precision)",
        labels: labels))
  }

  /// Everything in the drawing that can change a score, as text for protocols.
  public var protocolFields: [(name: String, value: String)] {
    let fields = SamplerSettings.CodingKeys.allCases.compactMap { key in
      settings.protocolText(of: key, trainedShift: formulation.shift.factor)
        .map { (name: key.rawValue, value: $0) }
    }
    return fields + [("floor", "\(formulation.floor)"), ("precision", "\(precision)")]
  }
}
