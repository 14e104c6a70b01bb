import Models
import Tensors

/// One forward pass of a network, with what went on inside.
public struct ForwardRun {
  /// What the network answered.
  public let output: BackboneOutput
  private let recording = RecordingPolicy()

  /// Runs a network; tokens are projected where it has a projector.
  public init(
    _ network: any Backbone, _ state: DiffusionState, time: Tensor, labels: [Int],
    route: (any TokenRoute)? = nil
  ) throws {
    output = try network(
      state, time: time,
      conditions: Conditions(labels: Tensor(labels.map(Int64.init), shape: [labels.count])),
      context: ForwardContext(route: route, isProjecting: true, policy: recording))
  }

  /// The item that the network predicts.
  public var item: Tensor { output.prediction.item }

  /// The tokens that a block reads; `nil` when it does not run.
  public func input(ofBlock index: Int) -> Tensor? { recording.inputs[.block(index)] }

  /// The tokens that a block makes; `nil` when it does not run.
  public func output(ofBlock index: Int) -> Tensor? { recording.outputs[.block(index)] }

  /// The normalised tokens that a block's attention reads.
  public func attentionInput(ofBlock index: Int) -> Tensor? {
    recording.inputs[.attention(index)]
  }

  /// The answers to a manifest's roles: the prediction by each of its names, and the blocks' tokens.
  public var answers: [String: Tensor] {
    var answers = ["out": item, "v": item]
    answers["cls"] = output.prediction.classToken
    answers["zs"] = output.projections.first?.tokens
    for (site, tokens) in recording.outputs {
      if case .block(let index) = site { answers["mid.blocks.\(index)"] = tokens }
    }
    return answers
  }
}
