import Models
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct StepPolicyTests {
  private let model: SiT
  private let input: ModelInput
  private let plain: Tensor

  init() throws {
    model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 3, width: 32, heads: 4), patch: 2, channels: 3, side: 8,
        classCount: 5))
    try model.randomize(seed: 7)
    input = try ModelInput(rows: 4, of: model)
    plain = try model(input.state, time: input.time, conditions: input.conditions)
    #expect(try plain.magnitude().max().item() > 0.1)
  }

  private func run(_ policy: any StepPolicy) throws -> Tensor {
    try model(
      input.state, time: input.time, conditions: input.conditions,
      context: ForwardContext(policy: policy))
  }

  @Test func computingEverythingChangesNoBit() throws {
    let recorder = Recorder()
    #expect(try run(recorder).bytes() == plain.bytes())
    let sites = (0..<3).flatMap { [ComputationSite.block($0), .attention($0), .mlp($0)] }
    let tails = [ComputationSite.stack, .tail(after: 0), .tail(after: 1)]
    #expect(Set(recorder.outputs.keys) == Set(sites + tails))
    for output in recorder.outputs.values { #expect(output.shape == [4, 16, 32]) }
  }

  @Test func answeringFromARecordingChangesNoBit() throws {
    let recorder = Recorder()
    _ = try run(recorder)
    for site in recorder.outputs.keys {
      let replay = Replay(recorder.outputs, at: site, rows: [])
      #expect(try run(replay).bytes() == plain.bytes(), "\(site)")
      #expect(replay.answers == 1)
    }
  }

  /// Rows 1 and 3 are computed afresh, the others come from the recording.
  @Test(
    arguments: [ComputationSite.stack, .tail(after: 0), .block(1), .attention(0), .mlp(2)])
  func computingSomeRowsEqualsComputingAll(site: ComputationSite) throws {
    let recorder = Recorder()
    _ = try run(recorder)
    let replay = Replay(recorder.outputs, at: site, rows: [1, 3])
    let distance = try PlainArray(run(replay)).distance(to: PlainArray(plain))
    #expect(distance < 1e-5)
    #expect(replay.answers == 1)
  }

  /// The rows of every piece are named, also inside of a piece that runs for some rows.
  @Test func workNamesItsRows() throws {
    final class Names: StepPolicy {
      var seen: [ComputationSite: [RowID]] = [:]
      func begin(_ evaluation: NetworkEvaluation) {}
      func output(of work: Work) throws -> Tensor {
        seen[work.site] = work.rows.ids
        guard work.site == .tail(after: 0) else { return try work.compute(work.rows) }
        let chosen = try work.rows.choosing([2, 0])
        return try chosen.replacing(in: work.input(), with: work.compute(chosen))
      }
    }
    let (names, ids) = (Names(), (0..<4).map { RowID(picture: 10 + $0) })
    _ = try model(
      input.state, time: input.time, conditions: input.conditions,
      context: ForwardContext(policy: names, rows: RowSet(ids)))
    for site in [ComputationSite.stack, .block(0), .attention(0), .tail(after: 0)] {
      #expect(names.seen[site] == ids, "\(site)")
    }
    for site in [ComputationSite.block(1), .mlp(2), .tail(after: 1)] {
      #expect(names.seen[site] == [ids[2], ids[0]], "\(site)")
    }
  }

  /// The probe of a tail is what the blocks before it added; that of the stack is the first block's input.
  @Test func probesAreCheapSignsOfTheOutput() throws {
    final class Probes: StepPolicy {
      var probes: [ComputationSite: Tensor] = [:]
      var inputs: [ComputationSite: Tensor] = [:]
      func begin(_ evaluation: NetworkEvaluation) {}
      func output(of work: Work) throws -> Tensor {
        probes[work.site] = try work.probe()
        inputs[work.site] = try work.input()
        return try work.compute(work.rows)
      }
    }
    let found = Probes()
    #expect(try run(found).bytes() == plain.bytes())
    let start = try #require(found.inputs[.stack])
    let added = try #require(found.inputs[.tail(after: 1)]) - start
    #expect(try found.probes[.tail(after: 1)]?.bytes() == added.bytes())
    #expect(try found.probes[.stack]?.bytes() == found.inputs[.attention(0)]?.bytes())
  }

  /// The arithmetic of the stack is that of its blocks, a tail's what is left of it.
  @Test func workIsCounted() throws {
    final class Counts: StepPolicy {
      var flops: [ComputationSite: Double] = [:]
      func begin(_ evaluation: NetworkEvaluation) {}
      func output(of work: Work) throws -> Tensor {
        flops[work.site] = work.flops
        return try work.compute(work.rows)
      }
    }
    let counts = Counts()
    _ = try run(counts)
    let block = model.blockFLOPs(0, tokens: 16)
    #expect(counts.flops[.stack] == 3 * block)
    #expect(counts.flops[.tail(after: 0)] == 2 * block)
    #expect(counts.flops[.block(2)] == block)
    let parts = (counts.flops[.attention(1)] ?? 0) + (counts.flops[.mlp(1)] ?? 0)
    #expect(parts + 2 * 6 * 32 * 32 == block)
  }

  /// What a policy answers is what the model goes on with.
  @Test func aWrongAnswerShows() throws {
    let recorder = Recorder()
    _ = try run(recorder)
    for site in recorder.outputs.keys {
      var wrong = recorder.outputs
      wrong[site] = try wrong[site].map { try $0.flipped(1) }
      let distance = try PlainArray(run(Replay(wrong, at: site, rows: []))).distance(
        to: PlainArray(plain))
      #expect(distance > 1e-3, "\(site)")
    }
  }
}

/// A policy that computes everything and remembers it.
final class Recorder: StepPolicy {
  var outputs: [ComputationSite: Tensor] = [:]
  func begin(_ evaluation: NetworkEvaluation) {}
  func output(of work: Work) throws -> Tensor {
    let output = try work.compute(work.rows)
    outputs[work.site] = output
    return output
  }
}

/// A policy that computes some rows of one site and takes its other rows from a recording.
final class Replay: StepPolicy {
  private let recording: [ComputationSite: Tensor]
  private let site: ComputationSite
  private let rows: [Int]
  private(set) var answers = 0

  init(_ recording: [ComputationSite: Tensor], at site: ComputationSite, rows: [Int]) {
    self.recording = recording
    self.site = site
    self.rows = rows
  }

  func begin(_ evaluation: NetworkEvaluation) {}

  func output(of work: Work) throws -> Tensor {
    guard work.site == site, let stored = recording[site] else {
      return try work.compute(work.rows)
    }
    answers += 1
    if rows.isEmpty { return stored }
    let chosen = try work.rows.choosing(rows)
    return try chosen.replacing(in: stored, with: work.compute(chosen))
  }
}
