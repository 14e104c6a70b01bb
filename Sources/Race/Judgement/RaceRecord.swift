import DiffusionMath

/// All that a judgement found: `race.json`.
public struct RaceRecord: Codable, Equatable, Sendable {
  /// The verdict, before anything else.
  public var verdict: VerdictRecord
  /// The claim as it was when it was planned.
  public var claim: Claim
  /// The frozen plan, step times included.
  public var plan: RacePlan
  /// The value of the primary metric that is raced to; missing when nothing says it.
  public var target: Double?
  /// The primary unit first.
  public var speedups: [SpeedupRecord]
  /// Why there is no speed-up in wall-clock time, where the machine's speed is the reason.
  public var unsteady: String?
  /// Over targets.
  public var curve: CurveRecord?
  /// The primary metric at every budget.
  public var gaps: [GapRecord]
  /// Other metrics and guidance scales at the largest budget, corrected for their number.
  public var otherGaps: [GapRecord]
  /// The parts of the primary speed-up.
  public var decomposition: DecompositionRecord?
  /// What this many seeds can find.
  public var power: PowerRecord?
  /// Of both recipes.
  public var staircases: [StaircaseRecord]
  /// The value of the tuned key that each recipe was given.
  public var tuned: [String: Double]
  /// The trials of the tuning, and all runs, failed ones among them.
  public var trials, runs: [RunObservation]
  /// The version of what the cost ledger counts.
  public var ledgerVersion = RaceRecord.ledgerVersion

  /// Model, projections and teacher by the modules' own arithmetic; step times measured in turns.
  public static let ledgerVersion = 1

  /// What a verdict must carry.
  public struct VerdictRecord: Codable, Equatable, Sendable {
    /// Of the closed list.
    public var words: String
    /// What it means for the claim.
    public var standing: Verdict.Standing
    /// The rule that fired.
    public var rule: String
    /// Unit, target, metric, guidance, seeds, method: what every number is to be read with.
    public var conditions: String
    /// Why there is no number; empty when there is.
    public var refusals: [RefusedFor]
  }
}

/// The best runs of a recipe by cost, and how far the staircases of resampled seeds reach.
public struct StaircaseRecord: Codable, Equatable, Sendable {
  /// The recipe.
  public var arm: String
  /// The best finished runs.
  public var corners: [ParetoStaircase.Point]
  /// Costs at which resampled staircases are looked at.
  public var costs: [Double]
  /// The values that 5, 50 and 95 % of resampled staircases attain there; missing where they do not.
  public var attained: [[Double?]]
}
