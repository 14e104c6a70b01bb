import Diagnostics
import Foundation
import Race
import Scores

/// The sections on the scores of pictures that the runs drew.
extension RacePage {
  private var scores: [RunScore] { race.runs.flatMap(\.scores) }

  private var metrics: [String] { Set(scores.map(\.metric)).sorted() }

  private var guidances: [Double] { Set(scores.map(\.guidance)).sorted() }

  // MARK: - 8: distances and all scores

  var distanceFigure: String {
    let table =
      scores.isEmpty
      ? Self.line("Nothing was scored but the held-out loss.")
      : scoreTable + "\n<p class=\"caption\">Means over training seeds.</p>"
    return Self.figure(
      8, "All scores, and distances over 1/n", [subsetChart],
      caption: "The Fréchet distance of ever more pictures of each run at the largest budget; the "
        + "dots at the left edge are the distances of infinitely many, which a line leads to.",
      missing: metrics.contains { RaceMetric.isDistance($0) }
        ? "Distances over 1/n were not measured: `fd_infinity` is the metric that does."
        : "No Fréchet distances were measured in this race.",
      more: table)
  }

  /// Distances of subsets over 1/n, with a line for each run and seed, and the extrapolated values.
  private var subsetChart: String? {
    let groups = names.map { arm in
      race.runs.filter { $0.run.arm == arm && $0.run.budget == largestBudget }.flatMap(\.scores)
        .filter { $0.subsets?.isEmpty == false && $0.value.isFinite }
    }
    let curves = groups.map { scores in
      scores.map { score -> [MarkChart.Point] in
        [(x: 0, y: score.value)]
          + (score.subsets ?? []).sorted { $0.pictures > $1.pictures }
          .map { (x: 1 / Double($0.pictures), y: $0.distance) }
      }
    }
    let all = curves.joined().joined()
    guard let x = MarkAxis("1 / number of pictures", around: all.map(\.x)),
      let y = MarkAxis("lower is better", around: all.map(\.y))
    else { return nil }
    let layers = curves.enumerated().flatMap { colour, curves -> [MarkChart.Layer] in
      curves.map { .init(.thread($0), colour: colour, name: names[colour]) }
        + [.init(.dots(curves.compactMap(\.first)), colour: colour, name: names[colour])]
    }
    return MarkChart(title: "Fréchet distance", x: x, y: y, layers: layers).svg()
  }

  /// What distinguishes a row of the table of scores.
  private struct ScoreKey: Hashable {
    let metric: String
    let budget: Int
    let guidance: Double
    let seed: UInt64

    init(_ score: RunScore, budget: Int) {
      (metric, self.budget) = (score.metric, budget)
      (guidance, seed) = (score.guidance, score.generationSeed)
    }
  }

  /// A row for each metric, budget, guidance scale and generation seed.
  private var scoreTable: String {
    let keys = race.runs.flatMap { run in
      run.scores.map { ScoreKey($0, budget: run.run.budget) }
    }
    let sorted = Set(keys).sorted {
      ($0.metric, $0.budget, $0.guidance, $0.seed) < ($1.metric, $1.budget, $1.guidance, $1.seed)
    }
    let rows = sorted.map { key -> [String] in
      let means = names.map { scoreMean(key, $0).map { Readable.number($0) } ?? "–" }
      let head = [
        Self.metricName(key.metric), Readable.number(key.guidance), "\(key.budget)", "\(key.seed)",
      ]
      return head + means
    }
    let head: [Column] = [
      .text("Score"), .number("Guidance"), .number("Budget"), .number("Generation seed"),
    ]
    return Self.table(head + names.map { Column.number($0) }, rows)
  }

  private func scoreMean(_ key: ScoreKey, _ arm: String) -> Double? {
    let runs = race.runs.filter { $0.run.arm == arm && $0.run.budget == key.budget }
    let values = runs.compactMap { run -> Double? in
      run.scores.last { ScoreKey($0, budget: key.budget) == key }?.value
    }
    return values.isEmpty ? nil : Self.mean(values)
  }

  // MARK: - 11: guidance

  var guidanceFigure: String {
    Self.figure(
      11, "Whether guidance changes who is better", metrics.map { guidanceChart($0) },
      caption: "Dots are training seeds at the largest budget, each the mean over generation "
        + "seeds, and lines are their means; 1 is no guidance.",
      missing: "Nothing was scored, so there is nothing to guide.", more: otherGaps)
  }

  private func guidanceChart(_ metric: String) -> String? {
    let groups: [[MarkChart.Point]] = names.map { arm -> [MarkChart.Point] in
      let runs = race.runs.filter {
        $0.run.arm == arm && $0.run.budget == largestBudget && $0.state == .finished
      }
      return guidances.flatMap { guidance -> [MarkChart.Point] in
        runs.compactMap { race.value(of: $0, metric, guidance: guidance) }
          .map { (x: guidance, y: $0) }
      }
    }
    let all = groups.flatMap { $0 }
    let isBetterLow = ScoreName(rawValue: metric).isBetterWhenLower
    guard let x = MarkAxis("guidance", around: all.map(\.x)),
      let y = MarkAxis(isBetterLow ? "lower is better" : "", around: all.map(\.y))
    else { return nil }
    var layers: [MarkChart.Layer] = []
    for (colour, points) in groups.enumerated() {
      let means = guidances.compactMap { guidance -> MarkChart.Point? in
        let own = points.filter { $0.x == guidance }
        return own.isEmpty ? nil : (x: guidance, y: Self.mean(own.map(\.y)))
      }
      layers.append(.init(.dots(points), colour: colour, name: names[colour]))
      layers.append(.init(.line(means), colour: colour, name: names[colour]))
    }
    return MarkChart(title: Self.metricName(metric), x: x, y: y, layers: layers).svg()
  }

  /// The results of the other metrics and guidance scales, compared with the one that decides the
  /// verdict.
  private var otherGaps: String {
    guard !record.otherGaps.isEmpty else { return "" }
    let rows = record.otherGaps.map { gap in
      [
        Self.metricName(gap.metric), Readable.number(gap.guidance), Readable.number(gap.baseline),
        Readable.number(gap.new), Self.signed(gap.gap),
        "\(Self.signed(gap.low)) to \(Self.signed(gap.high))", Self.percent(gap.noiseFloor),
        Readable.number(gap.pValue, digits: 2), Self.saying(gap),
      ]
    }
    let head: [Column] = [
      .text("Beside the primary question"), .number("Guidance"), .number(baseline), .number(new),
      .number("Difference"), .number("95 % interval"), .number("Noise floor"),
      .number("p, corrected"), .text("Says that \(new) is"),
    ]
    return Self.table(head, rows)
  }

  private static func saying(_ gap: GapRecord) -> String {
    switch gap.direction {
    case -1: "better"
    case 1: "worse"
    default: "not distinguishable"
    }
  }
}
