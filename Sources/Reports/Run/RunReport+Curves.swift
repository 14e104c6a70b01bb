import Diagnostics
import Telemetry

/// The charts of the page.
extension RunReport {
  static func curves(_ run: RunContents) -> String? {
    let charts = [
      trainingLoss(run), heldOutLoss(run), timeBins(run), terms(run),
      chart("Gradient norm", "before clipping", run, isLogarithmic: true, \.gradientNorm),
      chart("Learning rate", "", run, isNoisy: false, \.learningRate),
      chart("Training speed", "images/s", run, \.imagesPerSecond),
    ]
    let drawn = (charts + scoreCharts(run)).compactMap { $0 }
    guard !drawn.isEmpty else { return nil }
    return section(
      "Curves",
      "<div class=\"charts\">\n\(drawn.map { "<div>\($0)</div>" }.joined(separator: "\n"))\n</div>")
  }

  /// The loss as training minimises it. It is not drawn beside the held-out loss, which is measured at
  /// other times and with other weights.
  private static func trainingLoss(_ run: RunContents) -> String? {
    let chart = chart("Training loss", "", run, \.loss)
    return chart.map { $0 + note(LossWords(run.recipe).training) }
  }

  private static func heldOutLoss(_ run: RunContents) -> String? {
    let chart = LineChart(
      title: "Held-out loss", xLabel: "images seen",
      series: [series("held-out", run.records(.validation), \.loss)]
    ).svg()
    return chart.map { $0 + note(LossWords(run.recipe).heldOut) }
  }

  /// What a curve shows, below its chart.
  private static func note(_ text: String) -> String {
    "<p class=\"note\">\(text.htmlEscaped)</p>"
  }

  /// The terms of the loss, if there are several.
  private static func terms(_ run: RunContents) -> String? {
    let records = run.records(.train)
    let names = Set(records.flatMap { ($0.terms ?? [:]).keys }).sorted()
    guard names.count > 1 else { return nil }
    return LineChart(
      title: "Loss terms", xLabel: "images seen",
      series: names.map { name in series(name, records) { $0.terms?[name] } }
    ).svg()
  }

  private static func chart(
    _ title: String, _ unit: String, _ run: RunContents, isLogarithmic: Bool = false,
    isNoisy: Bool = true,
    _ value: (MetricRecord) -> Double?
  ) -> String? {
    LineChart(
      title: title, xLabel: "images seen", yLabel: unit,
      series: [series(title, run.records(.train), isNoisy: isNoisy, value)],
      isLogarithmic: isLogarithmic
    ).svg()
  }

  /// A curve for each score that was measured more than once with one protocol.
  private static func scoreCharts(_ run: RunContents) -> [String?] {
    run.latestScores.map { latest in
      let same = run.records(.score).filter {
        $0.name == latest.name && $0.protocolRecord == latest.protocolRecord
      }
      guard Set(same.map(\.images)).count > 1 else { return nil }
      let name = displayName(latest)
      return LineChart(
        title: name, xLabel: "images seen", series: [series(name, same, \.value)]
      ).svg()
    }
  }

  private static func series(
    _ name: String, _ records: [MetricRecord], isNoisy: Bool = true,
    _ value: (MetricRecord) -> Double?
  ) -> LineChart.Series {
    LineChart.Series(
      name: name,
      points: records.compactMap { record in
        value(record).map { (x: Double(record.images), y: $0) }
      }, isNoisy: isNoisy)
  }

  /// Loss per time bin, averaged over up to five sections of the run, to reduce noise.
  private static func timeBins(_ run: RunContents) -> String? {
    let records = run.records(.train).filter { $0.timeBins != nil }
    guard let count = records.first?.timeBins?.count else { return nil }
    let stretches = min(5, records.count)
    let moments = (0..<stretches).map { stretch in
      let part = records[
        (stretch * records.count / stretches)..<((stretch + 1) * records.count / stretches)]
      let bins: [Double?] = (0..<count).map { bin in
        let values = part.compactMap { record -> Double? in
          guard let bins = record.timeBins, bin < bins.count, let value = bins[bin] else {
            return nil
          }
          return value.isFinite ? value : nil
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
      }
      return TimeBinChart.Moment(
        name: "to \(Readable.count(part.last?.images ?? 0))", bins: bins)
    }
    let chart = TimeBinChart(title: "Training loss over diffusion time", moments: moments).svg()
    return chart.map { $0 + note("Training loss of the items whose time fell in each tenth.") }
  }
}
