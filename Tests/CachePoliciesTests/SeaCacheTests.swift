import CachePolicies
import Testing

@Suite struct SeaCacheTests {
  @Test func changesAddUpToTheThreshold() throws {
    // Each step changes the probe by an eighth of the previous one.
    func probe(_ step: Int) -> [Double] { [(0..<step).reduce(1) { value, _ in value * 1.125 }] }
    let run = try PolicyRun(SeaCache(threshold: 0.25), steps: 8, probe: probe)
    #expect(run.full == [1, 0, 1, 0, 1, 0, 1, 1])
    #expect(run.decisions[2] == .full(.risk) && run.decisions[7] == .full(.tail))
  }

  @Test func runsAreAtMostTwoLong() throws {
    let run = try PolicyRun(SeaCache(), steps: 8, probe: { _ in [1] })
    #expect(run.full == [1, 0, 0, 1, 0, 0, 1, 1])
    #expect(run.decisions[3] == .full(.age))
  }

  @Test func theFilterPassesWhatTheFormulaSays() {
    let (sigma, frequency) = (0.6, 0.25)
    let signal = 1 / (frequency * frequency * frequency)
    let expected = 0.4 * signal / (0.16 * signal + sigma * sigma)
    let found = SeaCacheFilter.gain(frequency: frequency, sigma: sigma)
    #expect(abs(found - expected) < 1e-12)
    #expect(SeaCacheFilter.gain(frequency: -frequency, sigma: sigma) == found)
    #expect(abs(SeaCacheFilter.gain(frequency: 0, sigma: 0.5) - 2) < 1e-12)
  }

  @Test func withoutNoiseTheFilterPassesEverythingAndWithoutSignalNothing() {
    for frequency in [0, 0.1, 0.5] {
      #expect(SeaCacheFilter.gain(frequency: frequency, sigma: 0) == 1)
      #expect(SeaCacheFilter.gain(frequency: frequency, sigma: 1) == 0)
    }
  }
}
