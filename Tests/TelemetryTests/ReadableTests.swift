import Diagnostics
import Testing

@testable import Telemetry

@Suite struct ReadableTests {
  @Test(arguments: [
    (0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (42, "42 s"), (59.4, "59 s"),
    (59.6, "1 min 00 s"), (192, "3 min 12 s"), (3_599.7, "1 h 00 min"), (7_500, "2 h 05 min"),
    (86_380, "1 d 0 h"), (273_600, "3 d 4 h"), (.infinity, "unknown"), (.nan, "unknown"),
    (-1, "unknown"),
  ])
  func durations(seconds: Double, expected: String) {
    #expect(Readable.duration(seconds) == expected)
  }

  @Test(arguments: [
    (0, "0"), (7, "7"), (512, "512"), (1_234, "1,234"), (9_999, "9,999"), (10_000, "10 k"),
    (12_345, "12.3 k"), (100_000, "100 k"), (999_499, "999 k"), (999_500, "1 M"),
    (1_250_000, "1.25 M"), (-1_234, "−1,234"), (-50_000, "−50 k"), (3e9, "3 G"), (.nan, "NaN"),
  ])
  func counts(value: Double, expected: String) {
    #expect(Readable.count(value) == expected)
  }

  @Test(arguments: [
    (0, "0"), (0.81234, "0.8123"), (1, "1"), (0.5, "0.5"), (-1.5, "−1.5"), (1234.56, "1235"),
    (123_456, "123456"), (0.00012345, "0.0001234"), (2e-5, "2e-5"), (1.5e12, "1.5e12"),
    (100, "100"), (.nan, "NaN"), (.infinity, "∞"), (-.infinity, "−∞"),
  ])
  func numbers(value: Double, expected: String) {
    #expect(Readable.number(value) == expected)
  }

  @Test(arguments: [
    (0.00021, 0.00313, "0.0002 ± 0.0031"), (0.123456, 0.0012, "0.1235 ± 0.0012"),
    (161.94, 3.2, "161.9 ± 3.2"), (161.94, 32, "162 ± 32"), (1234.5, 321, "1234 ± 321"),
    (-0.0015, 0.0002, "−0.00150 ± 0.00020"), (-0.00001, 0.01, "0.000 ± 0.010"), (-3, 10, "−3 ± 10"),
    (2, 0, "2 ± 0"), (0.5, .nan, "0.5 ± NaN"), (.infinity, 1, "∞ ± 1"), (1, 1e-12, "1 ± 1e-12"),
  ])
  func numbersWithErrors(value: Double, error: Double, expected: String) {
    #expect(Readable.number(value, error: error) == expected)
  }

  @Test(arguments: [
    (0, "0 B"), (812, "812 B"), (1_900_000_000, "1.9 GB"), (812_000_000, "812 MB"),
    (25_283_000_000, "25.3 GB"),
  ])
  func memory(bytes: Int, expected: String) {
    #expect(Readable.bytes(bytes) == expected)
  }

  @Test func quantitiesTakeAPrefix() {
    #expect(Readable.quantity(1.2e12, "FLOP/s") == "1.2 TFLOP/s")
    #expect(Readable.quantity(3, "FLOP") == "3 FLOP")
  }
}
