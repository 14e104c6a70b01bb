import Models
import Tensors

/// One forward pass of a network, with its intermediate values.
public struct ForwardRun {
  /// The network's output.
  public let output: BackboneOutput
  private let recording = RecordingPolicy()

  /// Runs a network; tokens are projected if it has a projector.
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

  /// The input tokens of a block; `nil` if it did not run.
  public func input(ofBlock index: Int) -> Tensor? { recording.inputs[.block(index)] }

  /// The output tokens of a block; `nil` if it did not run.
  public func output(ofBlock index: Int) -> Tensor? { recording.outputs[.block(index)] }

  /// The normalised tokens that are the input of a block's attention.
  public func attentionInput(ofBlock index: Int) -> Tensor? {
    recording.inputs[.attention(index)]
  }

  /// Our outputs for a manifest's roles: the prediction under each of its names, and the blocks'
  /// tokens.
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
