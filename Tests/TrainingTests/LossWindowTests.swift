import Foundation
import Testing

@testable import Training

@Suite struct LossWindowTests {
  private func record(_ times: [Double], _ losses: [Double], norm: Double) -> StepRecord {
    StepRecord(
      step: 1, images: 2, total: 0, terms: ["flow_matching": losses[0]], gradientNorm: norm,
      perImage: losses, times: times)
  }

  @Test func averagesByTimeBin() {
    var window = LossWindow()
    window.add(record([0.05, 0.09], [1, 3], norm: 2))
    window.add(record([0.999, 1], [5, 7], norm: 4))
    #expect(window.meanBins[0] == 2)
    #expect(window.meanBins[9] == 6)
    #expect(window.meanBins[1...8].allSatisfy { $0 == nil })
    #expect(window.meanGradientNorm == 3)
    #expect(window.meanLoss == 4)
    #expect(window.meanTerms == ["flow_matching": 3])
  }

  @Test func survivesSavingBitForBit() throws {
    var window = LossWindow()
    window.add(record([0.1, 0.3], [1.0 / 3, .pi], norm: 0.1))
    let saved = try JSONEncoder().encode(window)
    #expect(try JSONDecoder().decode(LossWindow.self, from: saved) == window)
  }
}
