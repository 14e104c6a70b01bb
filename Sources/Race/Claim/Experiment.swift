import FileAccess
import Foundation

/// A race as written down before it is run: two recipes or two samplers, their budgets and seeds,
/// and the question.
///
/// Budgets are given in images of the baseline (for samplers, in evaluations of the network), so
/// that a claim's file fits every machine. The plan converts them to its unit with the step times
/// measured there.
public struct Experiment: Codable, Equatable, Sendable {
  /// The recipe that both start from: a file, or the name of an included recipe.
  public var recipe: String?
  /// The sampling settings of a race of samplers, in which nothing is trained.
  public var sampling: Sampling?
  /// Settings for both, as `section.key=value`.
  public var settings: [String]
  /// The baseline and the new recipe.
  public var baseline, new: Arm
  /// Training seeds: there is one run for each recipe, budget and seed. Runs with the same seed
  /// share data order and noise. For samplers, these are seeds of noise and classes.
  public var seeds: [UInt64]
  /// The budgets.
  public var budgets: Budgets
  /// The settings that scale with the length of a training run.
  public var schedule: Schedule?
  /// The tuning, the same for both.
  public var tuning: Tuning
  /// How step times are measured; the default rules if missing.
  public var calibration: CalibrationRules?
  /// The question that decides the verdict.
  public var primary: Primary
  /// How pictures drawn by the runs are scored; none are scored if missing.
  public var scores: Scoring?
  /// How each cost that these recipes need, such as latents or a teacher, is counted, by its name.
  public var declared: [String: String]

  /// A recipe of the race.
  public struct Arm: Codable, Equatable, Sendable {
    /// Its name.
    public var name: String
    /// The settings that make it differ, as `section.key=value`.
    public var settings: [String]
    /// Its own seeds; runs are then not paired.
    public var seeds: [UInt64]?
    /// Keys in images that scale with the length of a run, as shares of it, such as
    /// `alignment.stop_images`.
    public var shares: [String: Double]?
  }

  /// A geometric grid of budgets.
  public struct Budgets: Codable, Equatable, Sendable {
    /// The unit of the budgets.
    public var unit: CostUnit
    /// The number of images, or evaluations, that the largest budget gives the baseline.
    public var baselineImages: Int
    /// The ratio of successive budgets; at most 1.5, so that interpolation between them is
    /// possible.
    public var ratio: Double
    /// The number of budgets; at least five.
    public var count: Int

    /// The budgets as shares of the largest one, from the smallest to 1.
    public var shares: [Double] {
      (0..<count).reversed().map { index in (0..<index).reduce(1) { share, _ in share / ratio } }
    }

    private enum CodingKeys: String, CodingKey {
      case unit
      case baselineImages = "baseline_images"
      case ratio, count
    }
  }

  /// Shares of a run's length, so that runs of every length have the same schedule.
  public struct Schedule: Codable, Equatable, Sendable {
    /// The shares over which the learning rate rises from 0, and falls to 0 at the end.
    public var warmUp, coolDown: Double
    /// The length of the weight average.
    public var average: Double

    private enum CodingKeys: String, CodingKey {
      case warmUp = "warm_up"
      case coolDown = "cool_down"
      case average
    }
  }

  /// A grid of values for one key, tried for both recipes with a seed that is not used in the
  /// results.
  public struct Tuning: Codable, Equatable, Sendable {
    /// The key, such as `optimizer.learning_rate`.
    public var key: String
    /// The values to try.
    public var values: [Double]
    /// The seed of these runs.
    public var seed: UInt64
    /// Their budget: an index into the grid of budgets, counted from 0.
    public var budget: Int
  }

  /// The question that decides the verdict.
  public struct Primary: Codable, Equatable, Sendable {
    /// `held_out_loss`, or a score's name, such as `kid`.
    public var metric: String
    /// The target value, lower being better; if missing, a value that the best trials of both
    /// recipes reached.
    public var target: Double?
    /// The guidance scale of scored pictures; 1 means none.
    public var guidance: Double
    /// The unit of cost for the result; must be the unit of the budgets.
    public var unit: CostUnit
    /// The margin of equivalence around 1, such as 0.05.
    public var margin: Double
  }

  /// How pictures drawn by the runs are scored.
  public struct Scoring: Codable, Equatable, Sendable {
    /// The protocol, as `evaluation.key=value`.
    public var settings: [String]
    /// Guidance scales; 1 means none.
    public var guidances: [Double]
    /// Seeds of noise and classes; scores are averaged over them.
    public var generationSeeds: [UInt64]
    /// The number of budgets to score, from the largest down.
    public var budgets: Int

    private enum CodingKeys: String, CodingKey {
      case settings, guidances
      case generationSeeds = "generation_seeds"
      case budgets
    }
  }

  /// The settings of a race of samplers.
  public struct Sampling: Codable, Equatable, Sendable {
    /// The run whose newest averaged weights are sampled; given when the race is planned.
    public var run: String?
    /// The reference sampler, as good as possible, as `evaluation.key=value`. The pictures of the
    /// others are compared with its pictures from the same noise (`relative_l1`).
    public var full: [String]
  }

  /// The items that runs count: images, or evaluations of the network per picture.
  public var itemUnit: CostUnit { sampling == nil ? .images : .evaluations }

  /// The name of one such item.
  public var itemName: String { sampling == nil ? "image" : "evaluation" }

  /// All units in which results are given, including that of the budgets.
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

  /// The seeds of noise that a run is scored with.
  public func generationSeeds(of run: PlannedRun) -> [UInt64] {
    sampling == nil ? scores?.generationSeeds ?? [] : [run.seed]
  }

  /// The seeds of a recipe.
  public func seeds(of arm: Arm) -> [UInt64] { arm.seeds ?? seeds }

  /// The baseline and the new recipe.
  public var arms: [Arm] { [baseline, new] }

  /// Whether runs with the same seed form pairs.
  public var isPaired: Bool { seeds(of: baseline) == seeds(of: new) }
}

/// The unit of costs.
public enum CostUnit: String, Codable, CaseIterable, Sendable {
  /// Seconds of training on the reference machine, computed from calibrated step times.
  case referenceSeconds = "reference-seconds"
  /// Floating-point operations (one multiply-add counts as two).
  case flops
  /// Images trained on.
  case images
  /// Evaluations of the network for each picture drawn.
  case evaluations
  /// Wall-clock seconds, measured in the runs.
  case wallClock = "wall-clock"

  /// The name for people.
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

/// How step times are measured, and the limits for a valid measurement.
///
/// The defaults suit a dedicated reference machine: 50 warm-up steps, then 10 interleaved blocks of
/// 100 steps for each recipe.
public struct CalibrationRules: Codable, Equatable, Sendable {
  /// The number of blocks of each recipe, which must be even, and of the steps in each.
  public var blocks = 10, steps = 100
  /// The largest allowed standard error of a step time, relative to it.
  public var tolerance = 0.005
  /// The largest allowed difference between the first and the last three blocks, relative.
  public var drift = 0.02
  /// The largest allowed difference between a real run's seconds and those predicted from step
  /// times, relative.
  public var closure = 0.02

  /// The default rules.
  public init() {}
}
