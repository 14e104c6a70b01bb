import Metrics
import Tensors
import Testing

/// Every score against public implementations on the same features; see `Fixtures/metrics`.
struct PublicImplementationsTests {
  /// Our scores of the golden features, by the names in `golden.json`.
  private func ours(_ golden: MetricGolden) throws -> [String: Double] {
    let generated = try golden.tensor("generated")
    let reference = try golden.tensor("reference")
    let kernel = try KernelDistance.overAllPairs(
      generated: generated.sliced(0, 0..<reference.shape[0]), reference: reference)
    return [
      "fd": try FrechetDistance(generated: generated, reference: reference).value,
      "kid": kernel.value,
    ]
  }

  @Test func scoresAgree() throws {
    let golden = try MetricGolden()
    let ours = try ours(golden)
    print("score | ours | public | relative difference | implementation")
    for other in golden.values where ours[other.score] != nil {
      let found = try #require(ours[other.score])
      let difference = relativeError(found, other.value)
      print(other.score, found, other.value, difference, other.implementation, separator: " | ")
      #expect(difference <= 1e-6)
    }
  }
}
