import Diagnostics
import Foundation
import Race

/// The sections on costs, and on whether the runs followed the plan.
extension RacePage {
  private var arms: [ArmPlan] { record.plan.arms }

  // MARK: - 5: the ledger

  var ledgerFigure: String {
    let declared = experiment.declared.sorted { $0.key < $1.key }
    let items =
      declared.isEmpty
      ? Self.line("No other item of the cost ledger was needed by these recipes.")
      : RunReport.list(declared.map { (Self.capitalized($0.key), $0.value) })
    return Self.figure(
      5, "What an \(experiment.itemName) costs, and who it is spent on",
      [flopsChart, secondsChart],
      caption: "Floating-point operations by the arithmetic of each network, and seconds as "
        + "measured on the reference machine, for one \(experiment.itemName): \(imageCosts).\(inputWords)",
      missing: "The plan has no costs.", more: clockTable + "\n" + items)
  }

  private var inputWords: String {
    let words = names.compactMap { name in
      record.plan.calibration.inputWords(of: name).map { "\(name) takes \($0)" }
    }
    return words.isEmpty
      ? "" : " Beside the same steps on one batch, \(words.joined(separator: "; "))."
  }

  /// How the runs spent their time.
  private var clockTable: String {
    let rows = names.flatMap { name in
      race.accounts(of: name).map { account, seconds in
        [
          name, account, Readable.duration(seconds),
          account == "training" ? "charged" : "shown, not charged",
        ]
      }
    }
    return rows.isEmpty
      ? ""
      : Self.table(
        [
          .text("Run of the largest budget"), .text("Account"), .number("By its own clock"),
          .text("In the race"),
        ], rows)
  }

  private var imageCosts: String {
    arms.map { arm in
      let seconds = record.plan.calibration.secondsPerImage(of: arm)
      return "\(arm.name) \(Readable.quantity(arm.flopsPerImage, "FLOP")) and "
        + "\(Readable.number(1_000 * seconds)) ms"
    }.joined(separator: ", ")
  }

  private var flopsChart: String? {
    let accounts = Set(arms.flatMap { Array($0.flopsByAccount.keys) }).sorted()
    let scale = CostScale(.flops, upTo: arms.map(\.flopsPerImage).max() ?? 1)
    return stack("Arithmetic of an \(experiment.itemName)", scale.label, parts: accounts) {
      arm, account in
      (arm.flopsByAccount[account] ?? 0) / scale.divisor
    }
  }

  /// The seconds of each class of steps.
  private var secondsChart: String? {
    let classes = arms.flatMap { $0.classes.map(\.name) }
    var parts: [String] = []
    for name in classes where !parts.contains(name) { parts.append(name) }
    return stack("Time of an \(experiment.itemName)", "ms, by class of step", parts: parts) {
      arm, part in
      let shares = arm.classes.compactMap { planned -> Double? in
        let own = record.plan.calibration.classes(of: arm.name)
        guard part == planned.name, let times = own.first(where: { $0.name == planned.name })
        else { return nil }
        return planned.share * times.seconds
      }
      return 1_000 * shares.reduce(0, +) / Double(arm.batch)
    }
  }

  /// Stacked boxes: a column for each recipe and a colour for each part.
  private func stack(
    _ title: String, _ label: String, parts: [String], _ height: (ArmPlan, String) -> Double
  ) -> String? {
    var tops = arms.map { _ in 0.0 }
    var layers: [MarkChart.Layer] = []
    for (colour, part) in parts.enumerated() {
      var boxes: [MarkChart.Span] = []
      for (place, arm) in arms.enumerated() {
        let top = tops[place] + height(arm, part)
        boxes.append((x: Double(place), low: tops[place], high: top))
        tops[place] = top
      }
      layers.append(.init(.boxes(boxes), colour: colour, name: part))
    }
    guard tops.contains(where: { $0 > 0 }), let y = MarkAxis(label, around: tops + [0]) else {
      return nil
    }
    return MarkChart(
      title: title, x: MarkAxis(names: arms.map(\.name)), y: y, layers: layers
    ).svg()
  }

  // MARK: - 6: schedules

  /// The learning rate of a finished run relative to its maximum, over the share of the run.
  private struct RateCurve {
    let arm: String
    let points: [MarkChart.Point]
  }

  private var rates: [RateCurve] {
    race.runs.compactMap { run -> RateCurve? in
      guard run.state == .finished, run.run.images > 0,
        let peak = run.learningRates.map(\.rate).max(), peak > 0
      else { return nil }
      let points: [MarkChart.Point] = run.learningRates.map {
        (x: Double($0.images) / Double(run.run.images), y: $0.rate / peak)
      }
      return RateCurve(arm: run.run.arm, points: points)
    }
  }

  var scheduleFigure: String {
    let rates = self.rates
    let ends = rates.compactMap { $0.points.last?.y }
    let last = ends.max().map { ", and the last logged rate is at most \(Self.percent($0)) of it" }
    let title =
      isRefused(for: .schedule)
      ? "Not every run follows the planned schedule to its end"
      : "Every run follows the same schedule and finishes it"
    return Self.figure(
      6, title, [scheduleChart(rates)],
      caption: "The learning rate of each finished run relative to its highest, over the share of "
        + "the run that is done\(last ?? ""): runs of all lengths should lie on one line.",
      missing: "No finished run has logged a learning rate.",
      more: RunReport.list(names.flatMap { runFacts($0) }))
  }

  private func scheduleChart(_ rates: [RateCurve]) -> String? {
    guard !rates.isEmpty, let x = MarkAxis("tau, the share of the run", around: [0, 1]),
      let y = MarkAxis("of the highest", around: [0, 1])
    else { return nil }
    let layers = rates.map { curve in
      MarkChart.Layer(
        .thread(curve.points), colour: names.firstIndex(of: curve.arm) ?? 0, name: curve.arm)
    }
    return MarkChart(title: "Learning rate over the run", x: x, y: y, layers: layers).svg()
  }

  /// The length of the weight average, and the route.
  private func runFacts(_ arm: String) -> [(String, String)] {
    let finished = race.runs.filter { $0.run.arm == arm && $0.state == .finished }
    let lengths = finished.compactMap { averageLength(of: $0) }
    let length: String
    if let low = lengths.min(), let high = lengths.max() {
      let span = high > 1.001 * low ? "\(Self.percent(low)) to \(Self.percent(high))" : nil
      length = "\(span ?? Self.percent(low)) of each run"
    } else {
      length = "not recorded"
    }
    let routes = Set(finished.map { routeWords($0) }).sorted()
    return [
      ("Average of weights of \(arm)", length),
      ("Routing of \(arm)", routes.isEmpty ? "not recorded" : routes.joined(separator: "; ")),
    ]
  }

  /// The length of a run's weight average as a share of the run.
  private func averageLength(of run: RunObservation) -> Double? {
    guard let text = run.values["optimizer.ema_decay"],
      let decay = Double(text.replacing("_", with: "")), decay < 1
    else { return nil }
    let steps = Double(run.run.images) / Double(record.plan.arm(run.run.arm).batch)
    return 1 / ((1 - decay) * steps)
  }

  private func routeWords(_ run: RunObservation) -> String {
    guard let method = run.values["routing.method"], method != "none" else { return "none" }
    return run.values["routing.rate"].map { "\(method), rate \($0) all along" } ?? method
  }

  // MARK: - 9: calibration

  var calibrationFigure: String {
    let classes = record.plan.calibration.classes
    let rows = classes.map { times in
      [
        title(of: times), "\(Readable.number(1_000 * times.seconds)) ms",
        Self.percent(times.relativeError), Self.signed(times.drift),
      ]
    }
    let table = Self.table(
      [
        .text("Class of steps"), .number("Time of a step"), .number("Standard error"),
        .number("Drift"),
      ], rows)
    let saying =
      isRefused(for: .calibration)
      ? "The measured step times break a rule, which the list at the top names"
      : "Step times hold still while they are measured"
    return Self.figure(
      9, saying, [calibrationChart],
      caption: "The mean time of a step in each block, the recipes taking turns; the error of "
        + "their ratio is part of every interval in reference time.",
      missing: "The plan has no step times.",
      more: classes.isEmpty ? "" : table + machineSpeed)
  }

  /// How fast the machine was around the runs, compared with the time when steps were timed.
  private var machineSpeed: String {
    let slowdowns = race.runs.compactMap(\.speed).map { record.plan.calibration.slowdown(of: $0) }
    let closures = race.runs.compactMap { race.closure(of: $0) }.sorted()
    guard let least = slowdowns.min(), let most = slowdowns.max(), !closures.isEmpty else {
      return ""
    }
    return Self.line(
      "A fixed piece of work before and after each run took \(Self.factor(least)) to "
        + "\(Self.factor(most)) of its time when steps were timed, and the runs' own clocks show "
        + "\(Self.factor(closures[0])) to \(Self.factor(closures[closures.count - 1])) of what steps predict, "
        + "\(Self.factor(closures[closures.count / 2])) in the middle.")
  }

  private var calibrationChart: String? {
    let series = record.plan.calibration.classes.map { times in
      LineChart.Series(
        name: title(of: times),
        points: times.blocks.enumerated().map { (x: Double($0 + 1), y: 1_000 * $1) },
        isNoisy: false)
    }
    return LineChart(title: "Time of a step", xLabel: "block", yLabel: "ms", series: series).svg()
  }

  /// The name of a class of steps: that of the recipe, with its own name if there are several.
  private func title(of times: StepTimes) -> String {
    record.plan.calibration.classes(of: times.arm).count > 1
      ? "\(times.arm), \(times.name)" : times.arm
  }
}
