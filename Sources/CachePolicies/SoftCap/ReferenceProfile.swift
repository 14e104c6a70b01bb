/// How many full steps should have been spent by the end of each step, for a budget.
///
/// All of the warm-up's `K` and of the tail's `E` steps are full; in between, the rest of the budget
/// `N` is spent in proportion to the factors `A` of the steps:
/// `F(i) = K + (N − K − E) · Σ_{j=K..i} A_j / Σ_{j=K..T−E−1} A_j`.
///
/// - Source: the running sum of the amplification, scaled to the budget, of arXiv 2605.27075.
public struct ReferenceProfile: Equatable, Sendable {
  private let spent: [Double]

  /// Creates the profile of a trajectory with a factor for each step; see ``Amplification``.
  public init(factors: [Double], warmUp: Int, tail: Int, budget: Int) {
    let between = warmUp..<max(factors.count - tail, warmUp)
    let mass = factors.dropFirst(warmUp).prefix(between.count).reduce(0, +)
    let rest = Double(budget - warmUp - tail)
    var (spent, sum) = ([0.0], 0.0)
    for (step, factor) in factors.enumerated() {
      if between.contains(step) {
        sum += factor
        spent.append(Double(warmUp) + rest * sum / mass)
      } else if step < warmUp {
        spent.append(Double(step + 1))
      } else {
        spent.append(Double(budget - factors.count + step + 1))
      }
    }
    self.spent = spent
  }

  /// The number of full steps that should have been spent before a step.
  public func spent(before step: Int) -> Double { spent[step] }
}
