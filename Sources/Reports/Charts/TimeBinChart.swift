import Diagnostics
import Telemetry

/// Loss over the diffusion time t (0 = data, 1 = noise) at several moments of a run, as SVG. The
/// later the moment, the stronger its line.
///
/// - Source: the ten-bin loss in liuliu/s4nnc `examples/minrf`, the first diagnostic of a
///   diffusion run.
public struct TimeBinChart: Sendable {
  /// The loss per bin at one moment, or over one stretch, of the run.
  public struct Moment: Sendable {
    /// Its name in the legend.
    public var name: String
    /// Mean loss of equal bins of t in [0, 1]; `nil` for an empty bin.
    public var bins: [Double?]

    /// Makes a moment.
    public init(name: String, bins: [Double?]) {
      self.name = name
      self.bins = bins
    }
  }

  /// The title.
  public var title: String
  /// The moments, in the order of time.
  public var moments: [Moment]

  /// Makes a chart.
  public init(title: String, moments: [Moment]) {
    self.title = title
    self.moments = moments
  }

  /// The chart as an SVG element for a page with the charts' style sheet; `nil` when there is
  /// nothing to draw.
  func svg() -> String? { svg(isStandalone: false) }

  /// The chart as an SVG file; `nil` when there is no value to draw.
  public func standaloneSVG() -> String? { svg(isStandalone: true) }

  private func svg(isStandalone: Bool) -> String? {
    let values = moments.flatMap(\.bins).compactMap { $0 }.filter(\.isFinite)
    guard let high = values.max() else { return nil }
    // The last moment is drawn opaque, the first with a quarter of the opacity.
    let styles = moments.indices.map { index in
      let share = moments.count > 1 ? Double(index) / Double(moments.count - 1) : 1
      return " stroke-opacity=\"\(Readable.number(0.25 + 0.75 * share, digits: 2))\""
    }
    let frame = ChartFrame(
      title: title, xLabel: "t: 0 is data, 1 is noise", yLabel: "mean loss per bin", xRange: 0...1,
      yRange: min(0, values.min() ?? 0)...max(high * 1.08, 1e-6), isLogarithmic: false,
      keys: zip(moments, styles).map { ChartFrame.Key(name: $0.name, classes: "s0", style: $1) })
    let lines = zip(moments, styles).map { moment, style in
      let points = moment.bins.enumerated().map { bin, value in
        (x: (Double(bin) + 0.5) / Double(moment.bins.count), y: value ?? .nan)
      }
      return "<path class=\"line s0\"\(style) d=\"\(frame.path(points))\"/>\n"
    }
    return frame.svg(lines.joined(), isStandalone: isStandalone)
  }
}
