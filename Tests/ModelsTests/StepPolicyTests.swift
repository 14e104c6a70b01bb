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
    plain = try model(input.state, time: input.time, labels: input.labels)
    #expect(try plain.magnitude().max().item() > 0.1)
  }

  private func run(_ policy: any StepPolicy) throws -> Tensor {
    try model(
      input.state, time: input.time, labels: input.labels,
      context: ForwardContext(policy: policy))
  }

  @Test func computingEverythingChangesNoBit() throws {
    let recorder = Recorder()
    #expect(try run(recorder).bytes() == plain.bytes())
    let sites = (0..<3).flatMap { [ComputationSite.block($0), .attention($0), .mlp($0)] }
    #expect(Set(recorder.outputs.keys) == Set(sites + [.stack]))
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
  @Test(arguments: [ComputationSite.stack, .block(1), .attention(0), .mlp(2)])
  func computingSomeRowsEqualsComputingAll(site: ComputationSite) throws {
    let recorder = Recorder()
    _ = try run(recorder)
    let replay = Replay(recorder.outputs, at: site, rows: [1, 3])
    let distance = try PlainArray(run(replay)).distance(to: PlainArray(plain))
    #expect(distance < 1e-5)
    #expect(replay.answers == 1)
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
  func begin(_ evaluation: Evaluation) {}
  func output(
    at site: ComputationSite, input: Tensor, compute: (BatchRows) throws -> Tensor
  ) throws -> Tensor {
    let output = try compute(.all)
    outputs[site] = output
    return output
  }
}

/// A policy that computes some rows of one site and takes its other rows from a recording.
final class Replay: StepPolicy {
  private let recording: [ComputationSite: Tensor]
  private let site: ComputationSite
  private let rows: [Int64]
  private(set) var answers = 0

  init(_ recording: [ComputationSite: Tensor], at site: ComputationSite, rows: [Int64]) {
    self.recording = recording
    self.site = site
    self.rows = rows
  }

  func begin(_ evaluation: Evaluation) {}

  func output(
    at site: ComputationSite, input: Tensor, compute: (BatchRows) throws -> Tensor
  ) throws -> Tensor {
    guard site == self.site, let stored = recording[site] else { return try compute(.all) }
    answers += 1
    if rows.isEmpty { return stored }
    let indices = try Tensor(rows, shape: [rows.count])
    let fresh = try compute(.some(indices))
    let places = try indices.reshaped([rows.count, 1, 1]).expanded(fresh.shape)
    return try stored.scattering(fresh, 0, places)
  }
}
