import Diagnostics
import Foundation
import Race

/// The sections on how much cheaper or better the new recipe is.
extension RacePage {
  /// The text in place of a figure without numbers.
  private var noNumbers: String { "No number is given: the race is refused." }

  // MARK: - 2: speed-up over targets

  var curveFigure: String {
    let title =
      switch record.curve?.dependsOnTarget {
      case .some(true): "The speed-up changes with the target, so no single number describes it"
      case .some(false): "The speed-up is not shown to change with the target"
      default: "The speed-up over targets"
      }
    return Self.figure(
      2, title, [record.curve.flatMap { curveChart($0) }],
      caption: record.curve.map { curveCaption($0) } ?? "",
      missing: record.speedups.isEmpty
        ? noNumbers : "No \(metric) is crossed by every run, so there is no curve over targets.")
  }

  private func curveCaption(_ curve: CurveRecord) -> String {
    let mean = Self.factor(curve.mean)
    let spread = Readable.number(curve.spread, digits: 3)
    let constant = Readable.number(curve.slopePValue, digits: 2)
    let meaning =
      "S is how many times less \(primary.unit.words) \(new) takes than \(baseline) to each "
      + "\(metric) that every run crosses, with its pointwise 95 % interval as a band"
    let summary =
      "\(mean) on average, the largest \(spread) times the smallest, p of a constant ratio "
      + constant
    return "\(meaning): \(summary) (at the target: \(record.verdict.conditions))."
  }

  private func curveChart(_ curve: CurveRecord) -> String? {
    let line: [MarkChart.Point] = curve.points.map { (x: $0.target, y: $0.speedup) }
    let band: [MarkChart.Span] = curve.points.map { (x: $0.target, low: $0.low, high: $0.high) }
    let claimed = claimedFactor
    // The ends of intervals widen the axis, up to a limit.
    let centres = line.map(\.y) + [1, claimed ?? 1]
    let low = centres.min() ?? 1
    let high = centres.max() ?? 1
    let ends = band.flatMap { [max($0.low, low / 3), min($0.high, high * 3)] }
    guard
      let x = MarkAxis(
        "\(metric), harder to the left", around: line.map(\.x) + [record.target ?? .nan],
        isLogarithmic: isDistance),
      let y = MarkAxis("S, times cheaper", around: centres + ends, isLogarithmic: true)
    else { return nil }
    var layers: [MarkChart.Layer] = [
      .init(.band(band), colour: 0), .init(.level(1), name: "1x, no difference"),
      .init(.line(line), colour: 0, name: "S in \(primary.unit.words)"),
    ]
    if let target = record.target, let speedup = record.speedups.first, speedup.kind == .measured {
      let name = "at the target"
      let reach: MarkChart.Span = (x: target, low: speedup.low, high: speedup.high)
      layers.append(.init(.errors([reach]), colour: 2, name: name))
      layers.append(.init(.dots([(x: target, y: speedup.value)]), colour: 2, name: name))
    }
    if let claimed {
      layers.append(.init(.level(claimed), colour: 1, name: "claimed \(Self.factor(claimed))"))
    }
    return MarkChart(title: "S over targets", x: x, y: y, layers: layers).svg()
  }

  /// The claimed factor, if it is a ratio of costs.
  var claimedFactor: Double? {
    switch record.claim.claimed.unit {
    case .quality, .undefined: nil
    default: record.claim.claimed.factor
    }
  }

  // MARK: - 3: gaps

  var gapFigure: String {
    let last = record.gaps.last { $0.budget == largestBudget }
    let title =
      switch last?.direction {
      case .some(-1): "For the largest budget \(new) is better, by more than noise"
      case .some(1): "For the largest budget \(new) is worse, by more than noise"
      case .some(0): "For the largest budget the difference may be noise"
      default: "The difference for the same budget"
      }
    return Self.figure(
      3, title, [gapChart],
      caption: "The difference of mean \(metric) at equal \(experiment.budgets.unit.words), "
        + "relative to \(baseline), with 95 % intervals; below 0 \(new) is better, and inside the "
        + "grey band, the noise floor, a difference says nothing.",
      missing: record.speedups.isEmpty
        ? noNumbers : "Runs failed at every budget, so no difference can be given.")
  }

  private var gapChart: String? {
    let gaps = record.gaps.filter { (0..<experiment.budgets.count).contains($0.budget) }
    let unit = experiment.budgets.unit
    let scale = CostScale(unit, upTo: record.plan.budget(largestBudget))
    func place(_ gap: GapRecord) -> Double { record.plan.budget(gap.budget) / scale.divisor }
    let dots: [MarkChart.Point] = gaps.map { (x: place($0), y: 100 * $0.gap) }
    let errors: [MarkChart.Span] = gaps.map {
      (x: place($0), low: 100 * $0.low, high: 100 * $0.high)
    }
    let floor: [MarkChart.Span] = gaps.map {
      (x: place($0), low: -100 * $0.noiseFloor, high: 100 * $0.noiseFloor)
    }
    let ends = (errors + floor).flatMap { [$0.low, $0.high] }
    guard !gaps.isEmpty,
      let x = MarkAxis(
        "budget: \(scale.label)", around: gaps.map { place($0) }, isLogarithmic: true),
      let y = MarkAxis("%, below 0 is better", around: dots.map(\.y) + ends + [0])
    else { return nil }
    return MarkChart(
      title: "Difference in \(metric)", x: x, y: y,
      layers: [
        .init(.band(floor)), .init(.level(0), name: "no difference"),
        .init(.errors(errors), colour: 0, name: "\(new) less \(baseline)"),
        .init(.dots(dots), colour: 0),
      ]
    ).svg()
  }

  // MARK: - 10: parts

  var decompositionFigure: String {
    Self.figure(
      10, "Where the speed-up comes from: fewer \(experiment.itemName)s, faster ones, or neither",
      [record.decomposition.flatMap { decompositionChart($0) }],
      caption: "On this logarithmic axis the parts add up to the whole, boxes above 1 help and "
        + "boxes below 1 hurt, and the bar is the 95 % interval of the step time's part "
        + "(\(record.verdict.conditions)).",
      missing: record.speedups.isEmpty
        ? noNumbers
        : "The speed-up is a bound or was not measured in \(experiment.itemName)s, so it has no parts."
    )
  }

  private func decompositionChart(_ parts: DecompositionRecord) -> String? {
    guard let whole = record.speedups.first?.value else { return nil }
    let both = parts.images * parts.stepTime
    let boxes: [MarkChart.Span] = [
      (x: 0, low: 1, high: parts.images), (x: 1, low: parts.images, high: both),
      (x: 2, low: both, high: both * parts.rest),
    ]
    let error: MarkChart.Span = (
      x: 1, low: parts.images * parts.stepTimeLow, high: parts.images * parts.stepTimeHigh
    )
    let ends = (boxes + [error]).flatMap { [$0.low, $0.high] }
    guard let y = MarkAxis("times cheaper", around: ends + [1, whole], isLogarithmic: true) else {
      return nil
    }
    let columns = [
      ("images", parts.images), ("step time", parts.stepTime), ("rest", parts.rest),
      ("together", whole),
    ]
    return MarkChart(
      title: "Parts of the speed-up in \(primary.unit.words)",
      x: MarkAxis(names: columns.map { "\($0.0) \(Self.factor($0.1))" }), y: y,
      layers: [
        .init(.boxes(boxes), colour: 0), .init(.boxes([(x: 3, low: 1, high: whole)]), colour: 1),
        .init(.errors([error])), .init(.level(1)),
      ]
    ).svg()
  }
}
