import Foundation

/// Clouds of points over two axes without units, as SVG.
struct ScatterChart {
  /// One cloud.
  struct Cloud {
    let name: String
    let points: [(x: Double, y: Double)]
  }

  let title: String
  let xLabel: String
  let yLabel: String
  /// The clouds, the first in front.
  let clouds: [Cloud]

  /// The chart as an SVG element; `nil` without points.
  func svg() -> String? {
    let points = clouds.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    guard points.count > 1, let left = points.map(\.x).min(), let right = points.map(\.x).max(),
      let low = points.map(\.y).min(), let high = points.map(\.y).max(), left < right, low < high
    else { return nil }
    let (width, height) = (0.03 * (right - left), 0.03 * (high - low))
    let frame = ChartFrame(
      title: title, xLabel: xLabel, yLabel: yLabel, xRange: left - width...right + width,
      yRange: low - height...high + height, isLogarithmic: false,
      keys: clouds.enumerated().map { index, cloud in
        ChartFrame.Key(name: cloud.name, classes: "s\(index % ChartStyle.colours)")
      })
    let drawing = clouds.enumerated().reversed().map { index, cloud in
      let dots = cloud.points.filter { $0.x.isFinite && $0.y.isFinite }.map {
        String(
          format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\"/>", frame.x($0.x), frame.y($0.y))
      }
      return
        "<g class=\"d\(index % ChartStyle.colours)\" fill-opacity=\".55\">\(dots.joined())</g>\n"
    }
    return frame.svg(drawing.joined(), isStandalone: false)
  }
}
