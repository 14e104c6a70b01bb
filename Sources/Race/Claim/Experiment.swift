import FileAccess
import Foundation

/// A race that is written down before it is run: two recipes or two samplers, their budgets, seeds and the
/// question.
///
/// Budgets are given in images of the baseline (in evaluations of the network, for samplers), so that a
/// claim's file fits every machine; the plan turns them into its unit with the step times measured there.
public struct Experiment: Codable, Equatable, Sendable {
  /// The recipe that both start from: a file, or the name of one that comes along.
  public var recipe: String?
  /// What draws, in a race of samplers; nothing is trained then.
  public var sampling: Sampling?
  /// What is changed for both, as `section.key=value`.
  public var settings: [String]
  /// The recipe that the claim compares with, and the new one.
  public var baseline, new: Arm
  /// Training seeds; a run of each recipe, budget and seed. Runs of one seed share data order and noise. For
  /// samplers, seeds of noise and classes.
  public var seeds: [UInt64]
  /// How much each run may cost.
  public var budgets: Budgets
  /// What follows the share of a run of training that is done.
  public var schedule: Schedule?
  /// What is tuned for both, equally.
  public var tuning: Tuning
  /// How step times are measured; the design's rules unless given.
  public var calibration: CalibrationRules?
  /// The question that carries the verdict.
  public var primary: Primary
  /// Scores of what the runs draw; none when missing.
  public var scores: Scoring?
  /// How each item of the cost ledger is counted that these recipes need, by the item's name.
  public var declared: [String: String]

  /// A recipe of the race.
  public struct Arm: Codable, Equatable, Sendable {
    /// What it is called.
    public var name: String
    /// What makes it differ, as `section.key=value`.
    public var settings: [String]
    /// Its own seeds; runs are then not paired.
    public var seeds: [UInt64]?
    /// Keys counted in images that follow the length of a run, as shares of it, such as
    /// `alignment.stop_images`.
    public var shares: [String: Double]?
  }

  /// A geometric grid of budgets.
  public struct Budgets: Codable, Equatable, Sendable {
    /// What they are counted in.
    public var unit: CostUnit
    /// The images, or evaluations, that the largest one buys the baseline.
    public var baselineImages: Int
    /// From one to the next; at most 1.5, so that costs between them can be read off.
    public var ratio: Double
    /// How many; at least five.
    public var count: Int

    /// Shares of the largest one, from the smallest to 1.
    public var shares: [Double] {
      (0..<count).reversed().map { index in (0..<index).reduce(1) { share, _ in share / ratio } }
    }

    private enum CodingKeys: String, CodingKey {
      case unit
      case baselineImages = "baseline_images"
      case ratio, count
    }
  }

  /// Shares of a run: every run of whatever length has the same schedule.
  public struct Schedule: Codable, Equatable, Sendable {
    /// Over which the learning rate rises from 0, and falls to 0 at the end.
    public var warmUp, coolDown: Double
    /// The length of the average of weights.
    public var average: Double

    private enum CodingKeys: String, CodingKey {
      case warmUp = "warm_up"
      case coolDown = "cool_down"
      case average
    }
  }

  /// A grid of one key, tried for both recipes with a seed that is not reported.
  public struct Tuning: Codable, Equatable, Sendable {
    /// The key, such as `optimizer.learning_rate`.
    public var key: String
    /// Its values.
    public var values: [Double]
    /// The seed of these runs.
    public var seed: UInt64
    /// Their budget: one of the grid's, counted from 0.
    public var budget: Int
  }

  /// The question that carries the verdict.
  public struct Primary: Codable, Equatable, Sendable {
    /// `held_out_loss`, or a score's name, such as `kid`.
    public var metric: String
    /// The value to reach, lower being better; what the best trials of both recipes reached when missing.
    public var target: Double?
    /// The guidance scale of what is scored; 1 is none.
    public var guidance: Double
    /// What costs are read in; the budgets' unit.
    public var unit: CostUnit
    /// The margin of equivalence around 1, such as 0.05.
    public var margin: Double
  }

  /// How what the runs draw is scored.
  public struct Scoring: Codable, Equatable, Sendable {
    /// The protocol, as `evaluation.key=value`.
    public var settings: [String]
    /// Guidance scales; 1 is none.
    public var guidances: [Double]
    /// Seeds of noise and classes; their mean counts.
    public var generationSeeds: [UInt64]
    /// So many of the largest budgets are scored.
    public var budgets: Int

    private enum CodingKeys: String, CodingKey {
      case settings, guidances
      case generationSeeds = "generation_seeds"
      case budgets
    }
  }

  /// What a race of samplers draws with.
  public struct Sampling: Codable, Equatable, Sendable {
    /// The run whose newest averaged weights draw; said when the race is planned.
    public var run: String?
    /// The sampler that is as good as can be had, as `evaluation.key=value`: pictures of the others are
    /// compared with what it makes of the same noise (`relative_l1`).
    public var full: [String]
  }

  /// What runs are counted in: images, or evaluations of the network for each picture.
  public var itemUnit: CostUnit { sampling == nil ? .images : .evaluations }

  /// One of what runs are counted in.
  public var itemName: String { sampling == nil ? "image" : "evaluation" }

  /// All units that this race is read in, the budgets' own among them.
  public var units: [CostUnit] {
    sampling == nil
      ? [.referenceSeconds, .flops, .images, .wallClock]
      : [.referenceSeconds, .flops, .evaluations]
  }

  /// Names the scores that this race asks for in a run's folder; races that ask for the same share them.
  public var scoresKey: String? {
    scores.map { scores in
      let settings = scores.settings + (sampling?.full ?? [])
      return String(sha256(of: Data(settings.joined(separator: "\n").utf8)).prefix(8))
    }
  }

  /// The seeds of noise that a run's scores are of.
  public func generationSeeds(of run: PlannedRun) -> [UInt64] {
    sampling == nil ? scores?.generationSeeds ?? [] : [run.seed]
  }

  /// The seeds of a recipe.
  public func seeds(of arm: Arm) -> [UInt64] { arm.seeds ?? seeds }

  /// The baseline and the new recipe.
  public var arms: [Arm] { [baseline, new] }

  /// Whether runs belong together in pairs of one seed.
  public var isPaired: Bool { seeds(of: baseline) == seeds(of: new) }
}

/// What costs are counted in.
public enum CostUnit: String, Codable, CaseIterable, Sendable {
  /// Seconds of training on the reference machine, by calibrated step times.
  case referenceSeconds = "reference-seconds"
  /// Floating-point operations, a multiply-add counted twice.
  case flops
  /// Images trained on.
  case images
  /// Evaluations of the network for each picture drawn.
  case evaluations
  /// Seconds by the runs' own clocks.
  case wallClock = "wall-clock"

  /// As people say it.
  public var words: String {
    switch self {
    case .referenceSeconds: "reference time"
    case .flops: "FLOPs"
    case .images: "images"
    case .evaluations: "evaluations of the network"
    case .wallClock: "wall-clock time"
    }
  }
}

/// How step times are measured, and what a measurement must hold.
///
/// - Source: the design's section 4: 50 steps to warm up, 10 blocks of 100 steps in turns.
public struct CalibrationRules: Codable, Equatable, Sendable {
  /// Blocks of each recipe, an even number, and the steps of each.
  public var blocks = 10, steps = 100
  /// The largest standard error of a step time, relative to it.
  public var tolerance = 0.005
  /// The largest difference of the first and last three blocks, relative.
  public var drift = 0.02
  /// The largest difference of a real run's seconds from those that step times predict, relative.
  public var closure = 0.02

  /// The design's.
  public init() {}
}
