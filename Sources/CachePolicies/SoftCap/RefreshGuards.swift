/// The full steps of a trajectory that do not depend on the picture: first steps, last steps, and
/// the end of each longest run of forecasts.
///
/// With `T` steps, `K` first, `E` last ones and a budget of `N`, the longest run is
/// `⌈slack · (T − K − E) / (N − K − E)⌉`.
///
/// - Source: arXiv 2605.27075 names the three guards and that the last two follow from the budget;
///   the formulas are ours.
public struct RefreshGuards: Equatable, Sendable {
  /// The number of steps, `T`.
  public let steps: Int
  /// The number of first steps that are full, `K`.
  public let warmUp: Int
  /// The number of last steps that are full, `E`.
  public let tail: Int
  /// The number of full steps to spend, `N`.
  public let budget: Int
  /// The largest number of forecasts in a row.
  public let longestRun: Int

  /// Creates guards.
  ///
  /// - Parameters:
  ///   - slack: how many times longer than an even spacing the longest run is.
  ///   - longestRun: the longest run itself, instead of what follows from `slack`.
  public init(
    steps: Int, warmUp: Int, tail: Int, budget: Int, slack: Double, longestRun: Int? = nil
  ) {
    self.steps = steps
    self.warmUp = warmUp
    self.tail = tail
    self.budget = budget
    let between = Double(max(steps - warmUp - tail, 0))
    let spare = Double(budget - warmUp - tail)
    let run = spare > 0 ? (slack * between / spare).rounded(.up) : between
    self.longestRun = longestRun ?? Int(min(run, between))
  }

  /// The number of steps between warm-up and tail.
  var between: Int { max(steps - warmUp - tail, 0) }
  /// The part of the budget for the steps between warm-up and tail.
  var spare: Int { budget - warmUp - tail }

  /// The number of full steps if every run is the longest: `K + ⌊(T − E − K) / (longest + 1)⌋ + E`.
  public var fewest: Int { warmUp + between / (longestRun + 1) + tail }

  /// Whether the budget suffices for the guards and is no more than all steps.
  public var isFeasible: Bool { fewest <= budget && budget <= steps && warmUp + tail <= steps }

  /// How many full steps the guards can still force after a full step:
  /// `⌊(T − E − step − 1) / (longest + 1)⌋ + E`.
  public func need(after step: Int) -> Int {
    max(steps - tail - step - 1, 0) / (longestRun + 1) + tail
  }

  /// The smallest budget that suffices for the same settings; `nil` if none does.
  public static func smallestBudget(
    steps: Int, warmUp: Int, tail: Int, slack: Double, longestRun: Int? = nil
  ) -> Int? {
    (0...max(steps, 0)).first {
      RefreshGuards(
        steps: steps, warmUp: warmUp, tail: tail, budget: $0, slack: slack, longestRun: longestRun
      ).isFeasible
    }
  }
}
