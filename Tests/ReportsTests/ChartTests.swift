import Foundation
import Testing

@testable import Reports

@Suite struct ChartTests {
  private func curve(_ count: Int, _ value: (Int) -> Double) -> LineChart.Series {
    LineChart.Series(name: "a", points: (0..<count).map { (x: Double($0), y: value($0)) })
  }

  private func chart(_ series: LineChart.Series..., logarithmic: Bool = false) -> LineChart {
    LineChart(
      title: "Loss <1>", xLabel: "images", yLabel: "nats", series: series,
      isLogarithmic: logarithmic)
  }

  @Test func fewPointsGetDots() throws {
    let svg = try #require(chart(curve(3) { Double($0) }).svg())
    #expect(svg.components(separatedBy: "<circle").count == 4)
    #expect(!svg.contains("class=\"raw"))
    #expect(svg.contains("Loss &lt;1&gt;"))
    #expect(!svg.contains("<style>"))
  }

  @Test func manyPointsAreDrawnRawAndSmooth() throws {
    let svg = try #require(chart(curve(200) { sin(Double($0)) }).svg())
    #expect(svg.contains("class=\"raw s0\""))
    #expect(svg.contains("class=\"line s0\""))
    #expect(!svg.contains("<circle"))
  }

  @Test func standaloneFileIsWholeAndStyled() throws {
    let svg = try #require(chart(curve(40) { Double($0) }, curve(2) { Double($0) }).standaloneSVG())
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(svg.contains("prefers-color-scheme:dark"))
    #expect(try XMLStructure().problem(in: svg) == nil)
  }

  @Test func nothingToDrawIsNil() {
    #expect(chart().svg() == nil)
    #expect(chart(curve(0) { _ in 0 }).svg() == nil)
    #expect(chart(curve(5) { _ in .nan }).svg() == nil)
    #expect(chart(curve(5) { _ in -1 }, logarithmic: true).svg() == nil)
    #expect(TimeBinChart(title: "t", moments: []).svg() == nil)
    #expect(TimeBinChart(title: "t", moments: [.init(name: "a", bins: [nil, .nan])]).svg() == nil)
  }

  @Test func valuesThatCannotBeDrawnLeaveAGapAndAreCounted() throws {
    let svg = try #require(chart(curve(10) { $0 == 4 ? .nan : 1 + Double($0) }).svg())
    #expect(svg.contains("1 not drawable · nats"))
    let line = try #require(svg.firstMatch(of: /class="line s0" d="([^"]*)"/))
    #expect(line.1.count { $0 == "M" } == 2)
    #expect(!svg.contains("nan"))
  }

  @Test(arguments: [0.0, 5, -3])
  func flatCurveLiesInside(level: Double) throws {
    let svg = try #require(chart(curve(4) { _ in level }).svg())
    let heights = svg.matches(of: /cy="([0-9.]+)"/).compactMap { Double($0.1) }
    #expect(heights.count == 4)
    #expect(heights.allSatisfy { (64...262).contains($0) })
  }

  @Test func onePointIsDrawn() throws {
    #expect(try #require(chart(curve(1) { _ in 2 }).svg()).contains("<circle"))
  }

  @Test func legendCountsWhatDoesNotFit() throws {
    let series = (0..<12).map { index in
      LineChart.Series(name: "series number \(index)", points: [(x: 0, y: 1), (x: 1, y: 2)])
    }
    let svg = try #require(LineChart(title: "t", xLabel: "x", series: series).svg())
    #expect(svg.contains("+ 9 more"))
  }

  @Test func spikesDoNotFlattenTheCurve() throws {
    let svg = try #require(chart(curve(1_000) { $0 == 500 ? 1e6 : 1 + Double($0 % 7) / 7 }).svg())
    #expect(!svg.contains("1.0 M"))
  }

  @Test func smoothingKeepsStraightLinesAndLength() {
    let line = (0..<50).map { 2 + 3 * Double($0) }
    for (smooth, value) in zip(Smoothing.centred(line, radius: 4), line) {
      #expect(abs(smooth - value) < 1e-9)
    }
    #expect(Smoothing.centred([1, 5, 9], radius: 0) == [1, 5, 9])
    #expect(Smoothing.centred([], radius: 3).isEmpty)
    let noisy = (0..<100).map { Double($0 % 2) }
    let smooth = Smoothing.centred(noisy, radius: 5)
    #expect(smooth[20..<80].allSatisfy { abs($0 - 0.5) < 0.01 })
  }

  @Test func longCurvesAreThinnedButKeepTheirExtremes() {
    let points = (0..<100_000).map { (x: Double($0), y: $0 == 54_321 ? 9.0 : sin(Double($0))) }
    let thin = LineChart.thinned(points)
    #expect(thin.count <= 2_000)
    #expect(thin.contains { $0.y == 9 })
    #expect(thin.first?.x == 0)
    #expect(thin.last?.x == 99_999)
    #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.x < $1.x })
  }

  @Test func timeBinsGrowStronger() throws {
    let chart = TimeBinChart(
      title: "Bins",
      moments: (0..<3).map { .init(name: "m\($0)", bins: [0.5, nil, 0.25, 0.125]) })
    let svg = try #require(chart.svg())
    for opacity in ["0.25", "0.62", "1"] { #expect(svg.contains("stroke-opacity=\"\(opacity)\"")) }
    let line = try #require(svg.firstMatch(of: /class="line s0" stroke-opacity="1" d="([^"]*)"/))
    #expect(line.1.count { $0 == "M" } == 2)
    #expect(try XMLStructure().problem(in: svg) == nil)
  }
}
