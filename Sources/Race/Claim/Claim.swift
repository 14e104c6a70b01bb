/// A claim that a recipe is cheaper or better, what is known about it, and the race that tests it:
/// a file in `claims/`.
public struct Claim: Codable, Equatable, Sendable {
  /// The name of its file.
  public var name: String
  /// The claim as it is usually stated.
  public var statement: String
  /// Where it was published.
  public var source: String
  /// What exactly is claimed.
  public var claimed: Claimed
  /// What the sources really say; each sentence names its source.
  public var findings: [String]
  /// Costs that the claimant does not count.
  public var omitted: [String]
  /// Published points of both recipes, if there are enough.
  public var published: PublishedFigures?
  /// What can be repeated on a small machine.
  public var here: Feasibility
  /// The race that tests it, if any.
  public var race: Experiment?

  /// The numbers of a claim, in its own words and units.
  public struct Claimed: Codable, Equatable, Sendable {
    /// How many times cheaper; missing when the claim is not about costs.
    public var factor: Double?
    /// What the factor is a ratio of.
    public var unit: Unit
    /// The metric of quality, in words.
    public var metric: String
    /// The metric's value for which the factor is stated; missing when none is given.
    public var target: Double?
    /// `none`, or the guidance of the samples.
    public var guidance: String
    /// Data, model, steps, sampler, seeds, as far as they are known.
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
    /// Not a ratio of costs but of qualities.
    case quality
    /// The claimant does not say.
    case undefined
  }

  /// What can be repeated on a small machine.
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
  /// The time of a baseline step divided by that of a new one, if known.
  public var stepTimeRatio: Double?
  /// The baseline and the new recipe.
  public var baseline, new: Curve

  /// The points of one recipe, with rising cost.
  public struct Curve: Codable, Equatable, Sendable {
    /// The name of the recipe.
    public var name: String
    /// Its points.
    public var points: [Point]
  }

  /// A cost and the quality reached with it.
  public struct Point: Codable, Equatable, Sendable {
    /// The cost, in the figures' unit.
    public var cost: Double
    /// The value of the metric.
    public var value: Double
    /// Creates a point.
    public init(cost: Double, value: Double) { (self.cost, self.value) = (cost, value) }
  }

  private enum CodingKeys: String, CodingKey {
    case unit, metric
    case stepTimeRatio = "step_time_ratio"
    case baseline, new
  }
}
