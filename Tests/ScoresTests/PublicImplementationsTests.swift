import Scores
import Tensors
import Testing

/// Every score against public implementations on the same features; see `Fixtures/metrics`.
struct PublicImplementationsTests {
  /// Our scores of the golden features, by the names in `golden.json`.
  private func ours(_ golden: MetricGolden) throws -> [String: Double] {
    let generated = try golden.tensor("generated")
    let reference = try golden.tensor("reference")
    let equalCount = try generated.sliced(0, 0..<reference.shape[0])
    let inception = try InceptionScore(logits: golden.tensor("logits"))
    let changed = try golden.picture("changed")
    let original = try golden.picture("original")
    var scores = [
      "fd": try FrechetDistance(generated: generated, reference: reference).value,
      "kid": try KernelDistance.overAllPairs(generated: equalCount, reference: reference).value,
      "is": inception.value, "is_deviation": inception.deviationOverParts,
      "psnr": try changed.signalToNoise(against: original),
      "ssim": try changed.structuralSimilarity(to: original),
      "relative_l1": try changed.relativeL1(against: original),
    ]
    for count in [3, 5] {
      let shares = try PrecisionRecall(
        generated: generated, reference: reference, neighbours: count)
      let others = try DensityCoverage(
        generated: generated, reference: reference, neighbours: count)
      scores["precision@\(count)"] = shares.precision
      scores["recall@\(count)"] = shares.recall
      scores["density@\(count)"] = others.density
      scores["coverage@\(count)"] = others.coverage
    }
    return scores
  }

  @Test func scoresAgree() throws {
    let golden = try MetricGolden()
    let ours = try ours(golden)
    #expect(Set(golden.values.map(\.score)) == Set(ours.keys))
    print("score | ours | public | relative difference | implementation")
    for other in golden.values {
      let found = try #require(ours[other.score])
      let difference = relativeError(found, other.value)
      print(other.score, found, other.value, difference, other.implementation, separator: " | ")
      #expect(difference <= 1e-6)
    }
  }
}
