/// A claim that a recipe is cheaper or better, what can be said about it, and the race that tests it: a
/// file of `claims/`.
public struct Claim: Codable, Equatable, Sendable {
  /// Its file's name.
  public var name: String
  /// The claim as it is usually told.
  public var statement: String
  /// Where it was made.
  public var source: String
  /// What exactly is claimed.
  public var claimed: Claimed
  /// What the sources really say, each sentence with its source.
  public var findings: [String]
  /// Items of the cost ledger that the claimant does not count.
  public var omitted: [String]
  /// Published points of both recipes, where there are enough.
  public var published: PublishedFigures?
  /// What can be run again on a small machine.
  public var here: Feasibility
  /// The race that is run for it, if any.
  public var race: Experiment?

  /// The numbers of a claim, in its own words and unit.
  public struct Claimed: Codable, Equatable, Sendable {
    /// How many times cheaper; missing when the claim is not a ratio of costs.
    public var factor: Double?
    /// What the factor is a ratio of.
    public var unit: Unit
    /// The metric of quality, in words.
    public var metric: String
    /// The metric's value at which the factor is stated; missing when none is defined.
    public var target: Double?
    /// `none`, or how samples were guided.
    public var guidance: String
    /// Data, model, steps, sampler, seeds, as far as known.
    public var protocolText: String

    private enum CodingKeys: String, CodingKey {
      case factor, unit, metric, target, guidance
      case protocolText = "protocol"
    }
  }

  /// What a factor is a ratio of.
  public enum Unit: String, Codable, CaseIterable, Sendable {
    case steps, images, flops
    case gpuHours = "gpu-hours"
    case wallClock = "wall-clock"
    /// Not of costs: one quality over another.
    case quality
    /// The claimant does not say.
    case undefined
  }

  /// What can be run again on a small machine.
  public struct Feasibility: Codable, Equatable, Sendable {
    /// Whether a scaled-down race is possible.
    public var scale: Scale
    /// What can be run, and what cannot, with reasons.
    public var can, cannot: String

    /// Whether a scaled-down race is possible.
    public enum Scale: String, Codable, CaseIterable, Sendable {
      case small, none
    }
  }
}

/// Published points of cost and quality, one run each: no seeds, no errors.
public struct PublishedFigures: Codable, Equatable, Sendable {
  /// The unit of cost, in words.
  public var unit: String
  /// The metric, in words; lower is better.
  public var metric: String
  /// The time of a baseline step over that of a new one, where known.
  public var stepTimeRatio: Double?
  /// The recipe that the claim compares with, and the new one.
  public var baseline, new: Curve

  /// The points of one recipe, rising in cost.
  public struct Curve: Codable, Equatable, Sendable {
    /// What it is.
    public var name: String
    /// Its points.
    public var points: [Point]
  }

  /// A cost and what it bought.
  public struct Point: Codable, Equatable, Sendable {
    /// In the figures' unit.
    public var cost: Double
    /// Of the metric.
    public var value: Double
    /// A point.
    public init(cost: Double, value: Double) { (self.cost, self.value) = (cost, value) }
  }

  private enum CodingKeys: String, CodingKey {
    case unit, metric
    case stepTimeRatio = "step_time_ratio"
    case baseline, new
  }
}
