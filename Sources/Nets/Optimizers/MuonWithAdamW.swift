import Tensors

/// Muon for the matrices inside a transformer, AdamW for everything else.
///
/// AdamW trains the layers that read the input or write the output (embedders, the class token's
/// projection, the final layer), the adaLN modulations, and every parameter that is not a matrix.
/// Muon trains the rest: attention, MLP, SPRINT's fusion and mask token, and the projector of an
/// alignment loss.
/// - Source: the split that SR-DiT's author used after arXiv 2512.12386, by the names of the
///   parameters.
public final class MuonWithAdamW: Optimizer {
  private let muon: Muon
  private let adamW: AdamW
  private let relativeRate: Double

  /// Creates an optimizer for the trainable parameters among `parameters`.
  ///
  /// - Parameter relativeRate: Muon's learning rate divided by AdamW's.
  public init(
    _ parameters: [NamedParameter], muon: Muon.Options, adamW: AdamW.Options, relativeRate: Double
  ) throws {
    self.muon = try Muon(parameters.filter(Self.isMuons), muon)
    self.adamW = try AdamW(parameters.filter { !Self.isMuons($0) }, adamW)
    self.relativeRate = relativeRate
  }

  /// Parts of the names of parameters that AdamW trains although they may be matrices.
  private static let adamWParts = ["embedder", "final_layer", "cls_projector", "adaLN"]

  /// Whether Muon trains a parameter.
  static func isMuons(_ entry: NamedParameter) -> Bool {
    Muon.isMatrix(entry.parameter.value.shape)
      && !adamWParts.contains { entry.name.contains($0) }
  }

  /// Takes one step; `learningRate` is AdamW's.
  public func step(learningRate: Double) throws {
    try muon.step(learningRate: learningRate * relativeRate)
    try adamW.step(learningRate: learningRate)
  }

  /// Forgets the accumulated gradients.
  public func clearGradients() {
    muon.clearGradients()
    adamW.clearGradients()
  }

  /// The state of both optimizers.
  public var state: [(name: String, tensor: Tensor)] { muon.state + adamW.state }
}
