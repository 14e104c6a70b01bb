import Acceleration
import DiffusionMath
import Evaluation
import Foundation
import Sampling
import Tensors

/// A sampler for what a run trained, with everything that it was made from: what names the pictures that it
/// draws, and what the protocols of their scores say.
public struct Drawing {
  /// What solves the flow, without caches.
  public let sampler: FlowSampler
  /// What draws: the sampler, with caches where the settings ask for them.
  public let generator: any Generator
  /// How.
  public let settings: SamplerSettings
  /// From what.
  public let formulation: FlowFormulation
  /// The dtype of the network's matrix products.
  public let precision: DType

  /// Drawing from what a recipe trains.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for settings that do not go with the training.
  public init(_ recipe: Recipe, _ settings: SamplerSettings, precision: DType) throws {
    var sampler = try recipe.makeSampler(settings)
    sampler.computation = precision
    self.sampler = sampler
    generator = settings.cachePolicy.map { CachedSampler(sampler, policy: $0) } ?? sampler
    self.settings = settings
    formulation = recipe.objective.formulation
    self.precision = precision
  }

  /// The share of the blocks' arithmetic that was done so far, where there are caches.
  public var computedShare: Double? { (generator as? CachedSampler)?.costs.total.share }

  /// Everything that decides about the pictures beside weights, seed and classes, as bytes that are the same
  /// for the same decisions.
  ///
  /// Settings at their defaults are left out, so a setting of tomorrow does not rename the sets of today.
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

  /// Everything of the drawing that can move a score, in words, for protocols.
  public var protocolFields: [(name: String, value: String)] {
    let fields = SamplerSettings.CodingKeys.allCases.compactMap { key in
      settings.protocolText(of: key, trainedShift: formulation.shift.factor)
        .map { (name: key.rawValue, value: $0) }
    }
    return fields + [("floor", "\(formulation.floor)"), ("precision", "\(precision)")]
  }
}
