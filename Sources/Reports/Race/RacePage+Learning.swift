import Diagnostics
import Foundation
import Race

/// The sections on what runs reached at which cost.
extension RacePage {
  // MARK: - 1: learning curves

  var learningFigure: String {
    let units: [CostUnit] = [experiment.itemUnit, .flops, .referenceSeconds]
    return Self.figure(
      1, "The recipe whose line is lower for the same cost learns faster",
      units.map { learningChart($0) },
      caption: "Every dot is a finished run of one budget and seed, the lines are means over "
        + "seeds, and the dashed line is the target; costs are on a logarithmic axis.",
      missing: "No run is finished, so there is nothing to draw yet.")
  }

  private func learningChart(_ unit: CostUnit) -> String? {
    let groups = names.map { readings(of: $0) }
    let all = groups.flatMap { $0 }
    let scale = CostScale(unit, upTo: all.map { race.cost(of: $0.run, in: unit) }.max() ?? 1)
    func cost(_ reading: Reading) -> Double {
      race.cost(of: reading.run, in: unit) / scale.divisor
    }
    guard let x = MarkAxis(scale.label, around: all.map { cost($0) }, isLogarithmic: true),
      let y = MarkAxis(
        metric, around: all.map(\.value) + [record.target ?? .nan], isLogarithmic: isDistance)
    else { return nil }
    var layers: [MarkChart.Layer] = []
    for (colour, group) in groups.enumerated() {
      let dots: [MarkChart.Point] = group.map { (x: cost($0), y: $0.value) }
      layers.append(.init(.dots(dots), colour: colour, name: names[colour]))
      layers.append(.init(.line(means(group, cost)), colour: colour, name: names[colour]))
    }
    if let target = record.target {
      layers.append(.init(.level(target), name: "target \(Readable.number(target))"))
    }
    return MarkChart(title: "Over \(unit.words)", x: x, y: y, layers: layers).svg()
  }

  /// The means over seeds, budget by budget.
  private func means(_ group: [Reading], _ cost: (Reading) -> Double) -> [MarkChart.Point] {
    (0..<experiment.budgets.count).compactMap { budget -> MarkChart.Point? in
      let own = group.filter { $0.run.run.budget == budget }
      guard !own.isEmpty else { return nil }
      return (x: Self.mean(own.map { cost($0) }), y: Self.mean(own.map(\.value)))
    }
  }

  // MARK: - 4: staircases

  var staircaseFigure: String {
    Self.figure(
      4, "The best that each cost bought: the lower staircase wins", [staircaseChart],
      caption: "A staircase joins the runs of a recipe that none of its others beats in both cost "
        + "and \(metric); the band holds 90 % of the staircases of resampled seeds.",
      missing: "No run is finished, so there are no staircases.")
  }

  private var staircaseChart: String? {
    let costs = record.staircases.flatMap(\.costs)
    let largest = costs.max() ?? 1
    let scale = CostScale(primary.unit, upTo: largest)
    let values = record.staircases.flatMap { $0.corners.map(\.value) }
    let attained: [Double] = record.staircases.flatMap(\.attained).joined().compactMap { $0 }
    guard
      let x = MarkAxis(
        scale.label, around: costs.map { $0 / scale.divisor }, isLogarithmic: true),
      let y = MarkAxis(metric, around: values + attained, isLogarithmic: isDistance)
    else { return nil }
    var bands: [MarkChart.Layer] = []
    var lines: [MarkChart.Layer] = []
    for staircase in record.staircases {
      let colour = names.firstIndex(of: staircase.arm) ?? 0
      let corners: [MarkChart.Span] = staircase.corners.map {
        (x: $0.cost / scale.divisor, low: $0.value, high: $0.value)
      }
      let steps = Self.steps(corners, until: largest / scale.divisor)
      let points: [MarkChart.Point] = steps.map { (x: $0.x, y: $0.low) }
      bands.append(.init(.band(Self.attainment(staircase, scale)), colour: colour))
      lines.append(.init(.line(points), colour: colour, name: staircase.arm))
    }
    return MarkChart(
      title: "Best runs over \(primary.unit.words)", x: x, y: y, layers: bands + lines
    ).svg()
  }

  /// What 5 % and 95 % of resampled staircases reach, where both do.
  private static func attainment(
    _ staircase: StaircaseRecord, _ scale: CostScale
  ) -> [MarkChart.Span] {
    guard let best = staircase.attained.first, let worst = staircase.attained.last else {
      return []
    }
    let spans = zip(staircase.costs, zip(best, worst)).compactMap { cost, ends -> MarkChart.Span? in
      guard let low = ends.0, let high = ends.1 else { return nil }
      return (x: cost / scale.divisor, low: low, high: high)
    }
    return steps(spans, until: spans.last?.x ?? 0)
  }

  /// Every range extends to the beginning of the next one, the last one to the end.
  private static func steps(_ spans: [MarkChart.Span], until end: Double) -> [MarkChart.Span] {
    spans.indices.flatMap { index -> [MarkChart.Span] in
      let span = spans[index]
      let next = index + 1 < spans.count ? spans[index + 1].x : max(end, span.x)
      return [span, (x: next, low: span.low, high: span.high)]
    }
  }

  // MARK: - 7: seeds

  var seedFigure: String {
    let failed = race.runs.filter { run in
      guard run.run.budget == largestBudget, case .failed = run.state else { return false }
      return true
    }
    let pairs =
      experiment.isPaired
      ? "thin lines join runs of one seed, which share data order and noise"
      : "the recipes have seeds of their own, so runs are not paired"
    let lost = failed.isEmpty ? "" : "; \(failed.count) runs failed and are not drawn"
    return Self.figure(
      7, "What the seed alone does, beside what the recipe does", [seedChart],
      caption: "Every dot is one seed at the largest budget, the bars are means, and \(pairs)"
        + "\(lost).",
      missing: "No run of the largest budget is finished.")
  }

  private var seedChart: String? {
    let groups = names.map { readings(of: $0).filter { $0.run.run.budget == largestBudget } }
    let values = groups.flatMap { $0.map(\.value) }
    guard let y = MarkAxis(metric, around: values, isLogarithmic: isDistance) else { return nil }
    var layers: [MarkChart.Layer] = experiment.isPaired ? pairThreads(groups) : []
    for (place, group) in groups.enumerated() where !group.isEmpty {
      let middle = Self.mean(group.map(\.value))
      let bar: [MarkChart.Point] = [
        (x: Double(place) - 0.16, y: middle), (x: Double(place) + 0.16, y: middle),
      ]
      let dots: [MarkChart.Point] = group.map { (x: Double(place), y: $0.value) }
      layers.append(.init(.line(bar), colour: place))
      layers.append(.init(.dots(dots), colour: place))
    }
    return MarkChart(
      title: "Seeds at the largest budget", x: MarkAxis(names: names), y: y, layers: layers
    ).svg()
  }

  /// A line for each seed that both recipes finished.
  private func pairThreads(_ groups: [[Reading]]) -> [MarkChart.Layer] {
    guard let first = groups.first, let second = groups.last, groups.count == 2 else { return [] }
    return first.compactMap { reading -> MarkChart.Layer? in
      guard let partner = second.first(where: { $0.run.run.seed == reading.run.run.seed }) else {
        return nil
      }
      return MarkChart.Layer(.thread([(x: 0, y: reading.value), (x: 1, y: partner.value)]))
    }
  }
}
