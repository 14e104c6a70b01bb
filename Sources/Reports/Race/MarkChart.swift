import Foundation

/// Marks of several kinds over two axes, as SVG: dots, lines, bands, error bars, boxes, levels.
///
/// For charts that ``LineChart`` and ``ScatterChart`` do not offer, in the same style. Values that
/// cannot be drawn are left out.
struct MarkChart {
  /// A position in the units of the axes.
  typealias Point = (x: Double, y: Double)
  /// A range of values at one position.
  typealias Span = (x: Double, low: Double, high: Double)

  /// A kind of mark.
  enum Mark {
    case dots([Point])
    case line([Point])
    /// A thin line, one of many.
    case thread([Point])
    /// A dashed line across the whole chart.
    case level(Double)
    /// The area between two lines.
    case band([Span])
    case errors([Span])
    /// Upright boxes, half a unit wide.
    case boxes([Span])
  }

  /// Marks of one kind and colour.
  struct Layer {
    let mark: Mark
    /// The number of the colour; neutral if missing.
    let colour: Int?
    /// Its name in the legend; layers with equal names share an entry.
    let name: String?

    init(_ mark: Mark, colour: Int? = nil, name: String? = nil) {
      (self.mark, self.colour, self.name) = (mark, colour, name)
    }

    /// The CSS classes of its lines.
    var strokeClasses: String {
      let hue = colour.map { "s\($0 % ChartStyle.colours)" } ?? "neutral"
      if case .level = mark { return hue + " dashed" }
      return hue
    }

    /// The CSS class of its areas.
    var fillClass: String { colour.map { "d\($0 % ChartStyle.colours)" } ?? "filled" }
  }

  let title: String
  let x: MarkAxis
  let y: MarkAxis
  /// The layers, from back to front.
  let layers: [Layer]

  private static let left = 58.0
  private static let right = 544.0
  private static let bottom = 262.0

  /// The chart as an SVG element for a page with the styles of charts and races.
  func svg() -> String {
    // An inner SVG with the plot's size clips what lies outside; the margin keeps dots complete.
    let (plotX, plotY) = (Self.left - 4, top - 4)
    let (width, height) = (Self.right - Self.left + 8, Self.bottom - top + 5)
    let size = "width=\"\(number(width))\" height=\"\(number(height))\""
    let box = "\(number(plotX)) \(number(plotY)) \(number(width)) \(number(height))"
    return """
      <svg class="chart" viewBox="0 0 \(number(ChartFrame.width)) \(number(ChartFrame.height))" \
      role="img" aria-label="\(title.htmlEscaped)">
      <text class="title" x="0" y="18">\(title.htmlEscaped)</text>
      <text class="end" x="\(number(Self.right))" y="18">\(y.label.htmlEscaped)</text>
      \(legend)\(axes)
      <svg x="\(number(plotX))" y="\(number(plotY))" \(size) viewBox="\(box)">
      \(layers.map { drawing($0) }.joined())</svg>
      </svg>
      """
  }

  // MARK: - Marks

  private func drawing(_ layer: Layer) -> String {
    let (stroke, fill) = (layer.strokeClasses, layer.fillClass)
    switch layer.mark {
    case .dots(let points):
      let dots = points.filter { isDrawable($0) }.map {
        String(
          format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", column($0.x), row($0.y))
      }
      return "<g class=\"dots \(fill)\">\(dots.joined())</g>\n"
    case .line(let points):
      return "<path class=\"line \(stroke)\" d=\"\(path(points))\"/>\n"
    case .thread(let points):
      return "<path class=\"raw \(stroke)\" d=\"\(path(points))\"/>\n"
    case .level(let value):
      let ends: [Point] = [(x: x.range.lowerBound, y: value), (x: x.range.upperBound, y: value)]
      return "<path class=\"line \(stroke)\" d=\"\(path(ends))\"/>\n"
    case .band(let spans):
      let kept = spans.filter { isDrawable($0) }
      let lower = kept.map { place($0.x, $0.low) }
      let upper = kept.reversed().map { place($0.x, $0.high) }
      guard kept.count > 1 else { return "" }
      let outline = (lower + upper).joined(separator: "L")
      return "<path class=\"band \(fill)\" d=\"M\(outline)Z\"/>\n"
    case .errors(let spans):
      let bars = spans.filter { isDrawable($0) }.map { errorBar($0) }
      return "<path class=\"line \(stroke)\" d=\"\(bars.joined())\"/>\n"
    case .boxes(let spans):
      let boxes = spans.filter { isDrawable($0) }.map { box($0) }
      return "<g class=\"boxes \(fill)\">\(boxes.joined())</g>\n"
    }
  }

  private func errorBar(_ span: Span) -> String {
    let (middle, low, high) = (column(span.x), row(span.low), row(span.high))
    let stem = String(format: "M%.1f %.1fL%.1f %.1f", middle, low, middle, high)
    let caps = [low, high].map {
      String(format: "M%.1f %.1fL%.1f %.1f", middle - 4, $0, middle + 4, $0)
    }
    return stem + caps.joined()
  }

  private func box(_ span: Span) -> String {
    let (from, to) = (row(span.high), row(span.low))
    return String(
      format: "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
      column(span.x - 0.25), min(from, to), column(span.x + 0.25) - column(span.x - 0.25),
      max(1, abs(to - from)))
  }

  private func path(_ points: [Point]) -> String {
    let places = points.filter { isDrawable($0) }.map { place($0.x, $0.y) }
    return places.isEmpty ? "" : "M" + places.joined(separator: "L")
  }

  // MARK: - Places

  private var top: Double { keys.count > 1 ? 62 : 40 }

  private func column(_ value: Double) -> Double {
    Self.left + x.share(value) * (Self.right - Self.left)
  }

  /// Values far outside, including infinity, end a little beyond the frame.
  private func row(_ value: Double) -> Double {
    let share = max(-1, min(2, y.share(value)))
    return Self.bottom - share * (Self.bottom - top)
  }

  private func place(_ x: Double, _ y: Double) -> String {
    String(format: "%.1f %.1f", column(x), row(y))
  }

  private func isDrawable(_ point: Point) -> Bool {
    isPlace(point.x) && point.y.isFinite && (!y.isLogarithmic || point.y > 0)
  }

  /// Ranges may be open on one side.
  private func isDrawable(_ span: Span) -> Bool {
    isPlace(span.x)
      && [span.low, span.high].allSatisfy { !$0.isNaN && (!y.isLogarithmic || $0 >= 0) }
  }

  private func isPlace(_ value: Double) -> Bool {
    value.isFinite && (!x.isLogarithmic || value > 0)
  }

  // MARK: - Frame

  private var keys: [ChartFrame.Key] {
    var keys: [ChartFrame.Key] = []
    for layer in layers {
      guard let name = layer.name, !keys.contains(where: { $0.name == name }) else { continue }
      keys.append(ChartFrame.Key(name: name, classes: layer.strokeClasses))
    }
    return keys
  }

  private var axes: String {
    let (left, right) = (number(Self.left), number(Self.right))
    var text = ""
    for (value, label) in zip(y.ticks.values, y.ticks.labels) {
      let height = number(row(value))
      text += """
        <line class="grid" x1="\(left)" x2="\(right)" y1="\(height)" y2="\(height)"/>\
        <text class="end" x="\(number(Self.left - 8))" y="\(number(row(value) + 4))">\
        \(label.htmlEscaped)</text>

        """
    }
    let (bottom, tick) = (number(Self.bottom), number(Self.bottom + 4))
    for (value, label) in zip(x.ticks.values, x.ticks.labels) {
      let place = number(column(value))
      text += """
        <line class="base" x1="\(place)" x2="\(place)" y1="\(bottom)" y2="\(tick)"/>\
        <text class="middle" x="\(place)" y="\(number(Self.bottom + 18))">\
        \(label.htmlEscaped)</text>

        """
    }
    return text + """
      <line class="base" x1="\(left)" x2="\(right)" y1="\(bottom)" y2="\(bottom)"/>
      <text class="end" x="\(right)" y="\(number(ChartFrame.height - 4))">\
      \(x.label.htmlEscaped)</text>
      """
  }

  /// The legend names from left to right; those that do not fit are only counted.
  private var legend: String {
    guard keys.count > 1 else { return "" }
    var text = ""
    var start = 0.0
    for (index, key) in keys.enumerated() {
      let width = 40 + 6.6 * Double(key.name.count)
      if start + width > Self.right {
        return text + "<text x=\"\(number(start))\" y=\"42\">+ \(keys.count - index) more</text>\n"
      }
      let end = number(start + 14)
      text += """
        <line class="line \(key.classes)" x1="\(number(start))" x2="\(end)" y1="38" y2="38"/>\
        <text class="key" x="\(number(start + 20))" y="42">\(key.name.htmlEscaped)</text>

        """
      start += width
    }
    return text
  }

  private func number(_ value: Double) -> String {
    String(format: "%g", (value * 10).rounded() / 10)
  }
}
