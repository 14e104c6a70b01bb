import DiffusionMath

/// Everything a judgement found: `race.json`.
public struct RaceRecord: Codable, Equatable, Sendable {
  /// The verdict, before anything else.
  public var verdict: VerdictRecord
  /// The claim as it was when the race was planned.
  public var claim: Claim
  /// The frozen plan, including step times.
  public var plan: RacePlan
  /// The target value of the primary metric; missing when it is unknown.
  public var target: Double?
  /// The speed-ups, the primary unit first.
  public var speedups: [SpeedupRecord]
  /// Why there is no speed-up in wall-clock time, if the machine's speed is the reason.
  public var unsteady: String?
  /// The speed-up as a function of the target.
  public var curve: CurveRecord?
  /// The gap in the primary metric at every budget.
  public var gaps: [GapRecord]
  /// Other metrics and guidance scales at the largest budget, with p values corrected for their
  /// number.
  public var otherGaps: [GapRecord]
  /// The factors of the primary speed-up.
  public var decomposition: DecompositionRecord?
  /// What can be found with this number of seeds.
  public var power: PowerRecord?
  /// The best runs of both recipes by cost.
  public var staircases: [StaircaseRecord]
  /// The tuned value chosen for each recipe.
  public var tuned: [String: Double]
  /// The trials of the tuning, and all runs, including failed ones.
  public var trials, runs: [RunObservation]
  /// The version of the rules for counting costs.
  public var ledgerVersion = RaceRecord.ledgerVersion

  /// Model, projections and teacher by the FLOPs that the modules report; step times measured in
  /// interleaved turns.
  public static let ledgerVersion = 1

  /// The content of a verdict.
  public struct VerdictRecord: Codable, Equatable, Sendable {
    /// The verdict, from the fixed list.
    public var words: String
    /// What it means for the claim.
    public var standing: Verdict.Standing
    /// The rule that decided.
    public var rule: String
    /// Unit, target, metric, guidance, seeds and method, which belong to every number.
    public var conditions: String
    /// Why there is no number; empty when there is one.
    public var refusals: [RefusedFor]
  }
}

/// The best runs of a recipe by cost, and how much this curve varies over resampled seeds.
public struct StaircaseRecord: Codable, Equatable, Sendable {
  /// The recipe.
  public var arm: String
  /// The best finished runs.
  public var corners: [ParetoStaircase.Point]
  /// The costs at which resampled curves are evaluated.
  public var costs: [Double]
  /// The values that 5, 50 and 95 % of resampled curves reach there; missing where they do not.
  public var attained: [[Double?]]
}
