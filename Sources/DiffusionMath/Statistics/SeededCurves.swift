import Diagnostics

/// All measurements of one recipe: training seeds, budgets, and for each of them generation seeds.
///
/// The training seed is the unit of replication; generation seeds are averaged first. Treating them
/// as replicates would find differences where there are none.
public struct SeededCurves: Equatable, Sendable {
  /// The cost of each budget.
  public let costs: [Double]
  /// `[training seed][budget][generation seed]`.
  public let measurements: [[[Double]]]

  /// Measurements.
  ///
  /// - Throws: ``PeregrineError`` `.badData` unless every training seed has every budget, each with
  ///   at least one measurement.
  public init(costs: [Double], measurements: [[[Double]]]) throws {
    guard !measurements.isEmpty,
      measurements.allSatisfy({ $0.count == costs.count && !$0.contains(where: \.isEmpty) })
    else {
      throw PeregrineError(
        .badData, doing: "gathering the runs of a recipe",
        found: "\(measurements.count) seeds with \(measurements.map(\.count)) budgets",
        expected: "\(costs.count) budgets for each seed, each with a measurement",
        advice: "Runs that failed stay in the table, as infinity.")
    }
    (self.costs, self.measurements) = (costs, measurements)
  }

  /// The curve of each training seed.
  ///
  /// - Parameter scale: applied to the mean over generation seeds, for example its logarithm.
  public func curves(_ scale: (Double) -> Double = { $0 }) throws -> [LearningCurve] {
    try measurements.map { seed in
      let means = seed.map { $0.reduce(0, +) / Double($0.count) }
      return try LearningCurve(costs: costs, values: means.map(scale))
    }
  }

  /// A bootstrap sample: training seeds drawn with replacement, and for each of their budgets
  /// generation seeds drawn with replacement.
  public func resampled(by stream: inout RandomStream) throws -> SeededCurves {
    let drawn = measurements.indices.map { _ in
      measurements[stream.integer(below: measurements.count)]
    }
    return try SeededCurves(
      costs: costs,
      measurements: drawn.map { seed in
        seed.map { values in values.map { _ in values[stream.integer(below: values.count)] } }
      })
  }
}
