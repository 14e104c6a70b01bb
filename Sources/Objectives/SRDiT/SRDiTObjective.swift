import Models
import Tensors

/// SR-DiT's training method: flow matching of state and class token, alignment with the teacher, and
/// the contrastive term.
///
/// `L = L_v + alignment·L_repa + classToken·L_c + contrastive·L_cfm` over one forward pass on the linear
/// path, `x_t = (1 − t)·x + t·ε` with target `ε − x`; state and class token share the time and have noise
/// of their own.
/// - Time: `t = 0` data, `t = 1` noise; the network receives the shifted time.
/// - Source: SR-DiT, arXiv 2512.12386. Matches fixture `srdit_tiny`, cases `loss…` and `adamw10`.
public struct SRDiTObjective: Codable, Equatable, Sendable {
  /// The weight of the alignment with the teacher's tokens; 0 leaves the term and the projector out.
  public var alignment = 0.5
  /// The weight of the class token's velocity.
  public var classToken = 0.03
  /// The weight of the contrastive term; 0 leaves it out.
  public var contrastive = 0.05

  /// SR-DiT's weights.
  public init() {}

  /// The state and class token at the rows' times, and the velocities to be predicted there.
  ///
  /// - Parameter times: shifted already, one per row; 0 is data.
  public func noised(
    clean: StateWithClassToken, noise: StateWithClassToken, times: [Double]
  ) throws -> (noisy: StateWithClassToken, target: StateWithClassToken) {
    let mix = { (clean: Tensor, noise: Tensor) in
      let t = try Tensor(
        times, shape: [times.count] + [Int](repeating: 1, count: clean.shape.count - 1),
        dtype: clean.dtype, device: clean.device)
      return try clean * (1 - t) + noise * t
    }
    return try (
      StateWithClassToken(
        state: mix(clean.state, noise.state), classToken: mix(clean.classToken, noise.classToken)),
      StateWithClassToken(
        state: noise.state - clean.state, classToken: noise.classToken - clean.classToken)
    )
  }

  /// The loss of given data, noise, times, labels and route: everything after the draws.
  ///
  /// - Parameters:
  ///   - teacher: the teacher's class token and patch tokens, `[batch, tokens, teacher width]`.
  ///   - times: shifted already; 0 is data.
  ///   - labels: with the null class where the label was dropped.
  /// - Returns: the terms before their weights, under the names `flow_matching`, `alignment`,
  ///   `class_token` and `contrastive`.
  /// - Throws: ``PeregrineError`` `.shapeMismatch` when data and model do not fit, `.usage` when the
  ///   contrastive term has no second row.
  public func value(
    clean: StateWithClassToken, noise: StateWithClassToken, teacher: Tensor, times: [Double],
    labels: [Int], model: SRDiT, route: SprintRoute
  ) throws -> ObjectiveValue {
    let (device, dtype) = (clean.state.device, clean.state.dtype)
    let (noisy, target) = try noised(clean: clean, noise: noise, times: times)
    let output = try model(
      noisy, time: Tensor(times, shape: [times.count], dtype: dtype, device: device),
      labels: Tensor(labels.map(Int64.init), shape: [labels.count], device: device),
      route: route, isProjecting: alignment != 0)
    let velocity = try output.velocity.map { try $0.to(dtype) }

    let error = try (velocity.state - target.state).squared()
    let perImage = try error.mean(Array(1..<error.shape.count))
    let flow = try perImage.mean()
    let token = try (velocity.classToken - target.classToken).squared().mean()
    var terms = [("flow_matching", flow), ("class_token", token)]
    var total = try flow + token * classToken
    if let projected = output.projected {
      let loss = try alignmentLoss(projected: projected.to(dtype), teacher: teacher)
      terms.append(("alignment", loss))
      total = try total + loss * alignment
    }
    if contrastive != 0 {
      let loss = try contrastiveLoss(prediction: velocity.state, target: target.state)
      terms.append(("contrastive", loss))
      total = try total + loss * contrastive
    }
    return ObjectiveValue(total: total, terms: terms, perImage: perImage, times: times)
  }
}
