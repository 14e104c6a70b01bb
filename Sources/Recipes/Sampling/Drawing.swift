import Evaluation
import Foundation
import Sampling
import Tensors

/// A sampler for what a run trained, with everything that it was made from: what names the pictures that it
/// draws, and what the protocols of their scores say.
public struct Drawing {
  /// What draws.
  public let sampler: Sampler
  /// How.
  public let settings: SamplerSettings
  /// From what.
  public let flow: FlowFormulation
  /// The dtype of the network's matrix products.
  public let precision: DType

  /// Drawing from what a recipe trains.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for settings that do not go with the training.
  public init(_ recipe: Recipe, _ settings: SamplerSettings, precision: DType) throws {
    var sampler = try recipe.makeSampler(settings)
    sampler.computation = precision
    self.sampler = sampler
    self.settings = settings
    flow = recipe.objective.flow
    self.precision = precision
  }

  /// Everything that decides about the pictures beside weights, seed and classes, as bytes that are the same
  /// for the same decisions.
  package func decisions(labels: LabelPolicy) throws -> Data {
    struct Decisions: Encodable {
      let settings: SamplerSettings
      let flow: FlowFormulation
      let precision: String
      let labels: LabelPolicy
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(
      Decisions(settings: settings, flow: flow, precision: "\(precision)", labels: labels))
  }

  /// Everything of the drawing that can move a score, in words, for protocols.
  public var protocolFields: [(name: String, value: String)] {
    let fields = SamplerSettings.CodingKeys.allCases.compactMap { key in
      settings.protocolText(of: key, trainedShift: flow.timeShift)
        .map { (name: key.rawValue, value: $0) }
    }
    return fields + [("floor", "\(flow.floor)"), ("precision", "\(precision)")]
  }
}
