import Testing

@testable import Reports

@Suite struct AxisTicksTests {
  @Test(arguments: [
    (0.0...1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0...98_304, ["0", "20 k", "40 k", "60 k", "80 k"]),
    (0...12_000, ["0", "2.5 k", "5.0 k", "7.5 k", "10.0 k"]),
    (0...2_500_000, ["0", "0.5 M", "1.0 M", "1.5 M", "2.0 M", "2.5 M"]),
    (0.17...0.93, ["0.2", "0.4", "0.6", "0.8"]),
    (-1.2...1.2, ["−1.0", "−0.5", "0", "0.5", "1.0"]),
    (498...526, ["500", "510", "520"]),
    (0...3e-5, ["0", "1e-5", "2e-5", "3e-5"]),
    (0...0.0003, ["0", "1e-4", "2e-4", "3e-4"]),
    (9e-5...1.1e-4, ["0.90e-4", "0.95e-4", "1.00e-4", "1.05e-4", "1.10e-4"]),
  ])
  func linearLabels(range: ClosedRange<Double>, expected: [String]) {
    #expect(AxisTicks.linear(range, about: 5).labels == expected)
  }

  @Test(arguments: [
    (0.2...4, ["0.2", "0.5", "1", "2"]),
    (0.001...1_000, ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]),
    (10...1e6, ["10", "100", "1000", "10 k", "100 k", "1 M"]),
    (1.1...1.9, ["1.2", "1.4", "1.6", "1.8"]),
  ])
  func logarithmicLabels(range: ClosedRange<Double>, expected: [String]) {
    #expect(AxisTicks.logarithmic(range, about: 5).labels == expected)
  }

  @Test(arguments: [1e-9, 0.003, 0.7, 1, 42, 12_345, 8e7, 3e12], [0.0, -3, 0.4, 1e3])
  func ticksAreFewInsideAndEven(span: Double, shift: Double) {
    let range = span * shift...span * shift + span
    let ticks = AxisTicks.linear(range, about: 5)
    #expect((2...6).contains(ticks.values.count))
    #expect(ticks.labels.count == ticks.values.count)
    for value in ticks.values {
      #expect(value >= range.lowerBound - span * 1e-6 && value <= range.upperBound + span * 1e-6)
    }
  }

  @Test func emptyRangeHasOneTick() {
    #expect(AxisTicks.linear(3...3, about: 5).labels == ["3"])
  }
}
