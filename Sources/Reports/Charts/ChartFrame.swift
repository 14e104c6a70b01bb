import Foundation

/// The common parts of all charts: size, scales, grid, labels, title and legend. Lengths are in SVG
/// units.
struct ChartFrame {
  static let width = 560.0
  static let height = 300.0
  private static let left = 58.0
  private static let right = 544.0
  private static let bottom = 262.0

  /// One entry of the legend, and the CSS classes of its line.
  struct Key {
    let name: String
    let classes: String
    var style = ""
  }

  let title: String
  let xLabel: String
  let yLabel: String
  let xRange: ClosedRange<Double>
  let yRange: ClosedRange<Double>
  let isLogarithmic: Bool
  /// The legend; it is only shown if it has at least two entries.
  let keys: [Key]

  private var top: Double { keys.count > 1 ? 62 : 40 }

  func x(_ value: Double) -> Double {
    let share = (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
    return Self.left + share * (Self.right - Self.left)
  }

  func y(_ value: Double) -> Double {
    let (low, high, here) =
      isLogarithmic
      ? (log10(yRange.lowerBound), log10(yRange.upperBound), log10(value))
      : (yRange.lowerBound, yRange.upperBound, value)
    return Self.bottom - (here - low) / (high - low) * (Self.bottom - top)
  }

  /// An SVG path through points, with a gap wherever a value cannot be drawn.
  func path(_ points: [(x: Double, y: Double)]) -> String {
    var text = ""
    var isDrawing = false
    for point in points {
      guard point.x.isFinite, point.y.isFinite, !isLogarithmic || point.y > 0 else {
        isDrawing = false
        continue
      }
      text += "\(isDrawing ? "L" : "M")\(coordinate(x(point.x))) \(coordinate(y(point.y)))"
      isDrawing = true
    }
    return text
  }

  /// The complete SVG element around a drawing.
  ///
  /// - Parameters:
  ///   - drawing: marks in SVG units; what lies outside the plot is clipped.
  ///   - isStandalone: whether it is a file of its own, with a style sheet; otherwise the page has
  ///     one.
  func svg(_ drawing: String, isStandalone: Bool) -> String {
    // An inner SVG with the plot's size clips what lies outside; the margin keeps dots complete.
    let plot = (
      x: number(Self.left - 4), y: number(top - 4),
      width: number(Self.right - Self.left + 8), height: number(Self.bottom - top + 5)
    )
    let head =
      isStandalone
      ? " xmlns=\"http://www.w3.org/2000/svg\" width=\"\(number(Self.width))\" height=\"\(number(Self.height))\""
      : ""
    let style = isStandalone ? "<style>\(ChartStyle.sheet)</style>\n" : ""
    return """
      <svg\(head) class="chart" viewBox="0 0 \(number(Self.width)) \(number(Self.height))" role="img" \
      aria-label="\(title.htmlEscaped)">
      \(style)<text class="title" x="0" y="18">\(title.htmlEscaped)</text>
      <text class="end" x="\(number(Self.right))" y="18">\(yLabel.htmlEscaped)</text>
      \(keys.count > 1 ? legend : "")\(axes)
      <svg x="\(plot.x)" y="\(plot.y)" width="\(plot.width)" height="\(plot.height)" \
      viewBox="\(plot.x) \(plot.y) \(plot.width) \(plot.height)">
      \(drawing)</svg>
      </svg>
      """
  }

  private var axes: String {
    var text = ""
    let yTicks =
      isLogarithmic
      ? AxisTicks.logarithmic(yRange, about: 5) : AxisTicks.linear(yRange, about: 5)
    for (value, label) in zip(yTicks.values, yTicks.labels) {
      let height = coordinate(y(value))
      text += """
        <line class="grid" x1="\(number(Self.left))" x2="\(number(Self.right))" y1="\(height)" y2="\(height)"/>\
        <text class="end" x="\(number(Self.left - 8))" y="\(coordinate(y(value) + 4))">\(label)</text>

        """
    }
    let xTicks = AxisTicks.linear(xRange, about: 5)
    for (value, label) in zip(xTicks.values, xTicks.labels) {
      let place = coordinate(x(value))
      text += """
        <line class="base" x1="\(place)" x2="\(place)" y1="\(number(Self.bottom))" y2="\(number(Self.bottom + 4))"/>\
        <text class="middle" x="\(place)" y="\(number(Self.bottom + 18))">\(label)</text>

        """
    }
    return text + """
      <line class="base" x1="\(number(Self.left))" x2="\(number(Self.right))" y1="\(number(Self.bottom))" \
      y2="\(number(Self.bottom))"/>
      <text class="end" x="\(number(Self.right))" y="\(number(Self.height - 4))">\(xLabel.htmlEscaped)</text>
      """
  }

  /// The legend entries from left to right; those that do not fit are only counted.
  private var legend: String {
    var text = ""
    var place = 0.0
    for (index, key) in keys.enumerated() {
      let width = 22 + 6.6 * Double(key.name.count) + 18
      if place + width > Self.right {
        text += "<text x=\"\(number(place))\" y=\"42\">+ \(keys.count - index) more</text>\n"
        break
      }
      text += """
        <line class="line \(key.classes)"\(key.style) x1="\(number(place))" x2="\(number(place + 14))" y1="38" y2="38"/>\
        <text class="key" x="\(number(place + 20))" y="42">\(key.name.htmlEscaped)</text>

        """
      place += width
    }
    return text
  }

  /// A coordinate in the drawing, rounded to a tenth of a unit.
  private func coordinate(_ value: Double) -> String { String(format: "%.1f", value) }

  private func number(_ value: Double) -> String { String(format: "%g", value) }
}
