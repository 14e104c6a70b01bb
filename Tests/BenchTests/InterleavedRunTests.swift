import Bench
import Testing

@Suite struct InterleavedRunTests {
  /// A contender that takes the time it is told to and notes its turns.
  final class Scripted: Contender {
    let name: String
    let seconds: Double
    let note: (String, Int) -> Void
    private(set) var forgot = 0
    var peakMemoryBytes: Int? { 7 }

    init(_ name: String, seconds: Double, note: @escaping (String, Int) -> Void) {
      (self.name, self.seconds, self.note) = (name, seconds, note)
    }
    func measure(_ count: Int) -> [Double] {
      note(name, count)
      return Array(repeating: seconds, count: count)
    }
    func forgetPeakMemory() { forgot += 1 }
  }

  @Test func turnsGoThereAndBackAgain() throws {
    var turns: [String] = []
    var counts: [String: Set<Int>] = [:]
    let note: (String, Int) -> Void = { name, count in
      turns.append(name)
      counts[name, default: []].insert(count)
    }
    let (a, b) = (Scripted("a", seconds: 0.5, note: note), Scripted("b", seconds: 0.25, note: note))
    var run = InterleavedRun()
    (run.rounds, run.turnSeconds, run.warmUpTurns) = (2, 2, 1)
    var probes = 0
    let timings = try run.measure([a, b], betweenRounds: { _ in probes += 1 })
    #expect(turns == ["a", "b", "a", "b", "b", "a", "a", "b", "b", "a"])
    #expect(counts == ["a": [2, 4], "b": [2, 8]])
    #expect(probes == 2 && a.forgot == 1)
    #expect(timings.map(\.turns.count) == [4, 4])
    #expect(timings[0].secondsPerStep == 0.5)
    #expect(try timings[1].speed(over: timings[0]).value == 2)
  }
}
