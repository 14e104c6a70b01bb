import Diagnostics
import Foundation
import Telemetry

/// Curves over a common axis, as SVG: axes with round numbers, a legend, light and dark style.
///
/// A noisy series with many points is drawn twice: faintly as it is and, on top, smoothed. Values
/// that cannot be drawn (NaN, infinity, or not positive on a logarithmic axis) leave a gap, and the
/// chart says how many there are. The horizontal axis begins at zero, or lower if the data do. The
/// vertical axis fits all values except the lowest and the highest hundredth; what lies outside is
/// clipped at the frame.
public struct LineChart: Sendable {
  /// One curve.
  public struct Series: Sendable {
    /// Its name in the legend.
    public var name: String
    /// Its points, in ascending order of `x`.
    public var points: [(x: Double, y: Double)]
    /// Whether its values are noisy, so that it is smoothed when it has many points.
    public var isNoisy: Bool

    /// Makes a curve.
    public init(name: String, points: [(x: Double, y: Double)], isNoisy: Bool = true) {
      self.name = name
      self.points = points
      self.isNoisy = isNoisy
    }
  }

  /// The title.
  public var title: String
  /// The name and unit of the horizontal axis.
  public var xLabel: String
  /// The name and unit of the vertical axis.
  public var yLabel: String
  /// The curves, the first in front.
  public var series: [Series]
  /// Whether the vertical axis is logarithmic.
  public var isLogarithmic: Bool

  /// Up to this many points are joined by straight lines, with a dot each; longer series are
  /// smoothed.
  private static let fewPoints = 30
  /// Raw curves are reduced to the extremes of this many columns.
  private static let columns = 500

  /// Makes a chart.
  public init(
    title: String, xLabel: String, yLabel: String = "", series: [Series],
    isLogarithmic: Bool = false
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
    self.isLogarithmic = isLogarithmic
  }

  /// The chart as an SVG element for a page with the charts' style sheet; `nil` when there is
  /// nothing to draw.
  func svg() -> String? { svg(isStandalone: false) }

  /// The chart as an SVG file; `nil` when there is no value to draw.
  public func standaloneSVG() -> String? { svg(isStandalone: true) }

  private func svg(isStandalone: Bool) -> String? {
    let curves = series.map { series in
      Curve(series, isLogarithmic: isLogarithmic, isDrawable: isDrawable)
    }.filter { !$0.points.isEmpty }
    guard let frame = frame(around: curves) else { return nil }
    // From back to front.
    let drawing = curves.enumerated().reversed().map { index, curve in
      self.drawing(of: curve, colour: index % ChartStyle.colours, in: frame)
    }
    return frame.svg(drawing.joined(), isStandalone: isStandalone)
  }

  private func isDrawable(_ point: (x: Double, y: Double)) -> Bool {
    point.x.isFinite && point.y.isFinite && (!isLogarithmic || point.y > 0)
  }

  private func drawing(of curve: Curve, colour: Int, in frame: ChartFrame) -> String {
    func line(_ kind: String, _ points: [(x: Double, y: Double)]) -> String {
      "<path class=\"\(kind) s\(colour)\" d=\"\(frame.path(Self.thinned(points)))\"/>\n"
    }
    if curve.points.count > Self.fewPoints {
      return curve.isNoisy
        ? line("raw", curve.all) + line("line", curve.smoothed) : line("line", curve.all)
    }
    let dots = curve.points.map {
      String(
        format: "<circle class=\"d\(colour)\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", frame.x($0.x),
        frame.y($0.y))
    }
    return line("line", curve.all) + dots.joined() + "\n"
  }

  private func frame(around curves: [Curve]) -> ChartFrame? {
    let xs = curves.flatMap { $0.points.map(\.x) }
    guard let first = xs.min(), let last = xs.max() else { return nil }
    let ranges = curves.map { $0.valueRange(few: Self.fewPoints) }
    guard let low = ranges.map(\.lowerBound).min(), let high = ranges.map(\.upperBound).max() else {
      return nil
    }
    let missing = series.reduce(0) { $0 + $1.points.count { !isDrawable($0) } }
    let note = missing == 0 ? "" : "\(Readable.count(missing)) not drawable"
    return ChartFrame(
      title: title, xLabel: xLabel,
      yLabel: [note, yLabel].filter { !$0.isEmpty }.joined(separator: " · "),
      xRange: Self.widened(min(0, first), last), yRange: padded(low, high),
      isLogarithmic: isLogarithmic,
      keys: curves.enumerated().map { index, curve in
        ChartFrame.Key(name: curve.name, classes: "s\(index % ChartStyle.colours)")
      })
  }

  /// Adds some space above and below; a constant curve is placed in the middle. If the data come
  /// near zero from above, the axis begins at zero.
  private func padded(_ low: Double, _ high: Double) -> ClosedRange<Double> {
    if isLogarithmic { return low / 1.15...high * 1.15 }
    let range = Self.widened(low, high)
    let air = 0.06 * (range.upperBound - range.lowerBound)
    let bottom = low >= 0 && low < 0.15 * high ? 0 : range.lowerBound - air
    return bottom...(range.upperBound + air)
  }

  private static func widened(_ low: Double, _ high: Double) -> ClosedRange<Double> {
    guard high <= low else { return low...high }
    let room = max(abs(low) * 0.1, 1e-6)
    return low - room...low + room
  }

  /// The first, lowest, highest and last point of each column, in order: it looks the same but is
  /// shorter.
  static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard points.count > 4 * columns else { return points }
    return (0..<columns).flatMap { column in
      let start = column * points.count / columns
      let indices = start..<((column + 1) * points.count / columns)
      let finite = indices.filter { points[$0].y.isFinite }
      let low = finite.min { points[$0].y < points[$1].y }
      let high = finite.max { points[$0].y < points[$1].y }
      let kept = Set([indices.lowerBound, indices.upperBound - 1, low, high].compactMap { $0 })
      return kept.sorted().map { points[$0] }
    }
  }
}

/// A series, with the values that can be drawn separated.
private struct Curve {
  let name: String
  let all: [(x: Double, y: Double)]
  let points: [(x: Double, y: Double)]
  let smoothed: [(x: Double, y: Double)]
  let isNoisy: Bool

  /// - Parameter isLogarithmic: whether to smooth the logarithms, as seen on the axis.
  init(
    _ series: LineChart.Series, isLogarithmic: Bool, isDrawable: ((x: Double, y: Double)) -> Bool
  ) {
    name = series.name
    all = series.points
    isNoisy = series.isNoisy
    points = series.points.filter(isDrawable)
    let values = points.map { isLogarithmic ? log10($0.y) : $0.y }
    let smooth = Smoothing.centred(values, radius: max(1, points.count / 60))
    smoothed = zip(points, smooth).map { (x: $0.x, y: isLogarithmic ? pow(10, $1) : $1) }
  }

  /// The range that the vertical axis must show; the caller has checked that there are points.
  func valueRange(few: Int) -> ClosedRange<Double> {
    let raw = points.map(\.y).sorted()
    let extreme = raw.count > few ? raw.count / 100 : 0
    return raw[extreme]...raw[raw.count - 1 - extreme]
  }
}
