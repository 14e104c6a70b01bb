import Diagnostics
import Tensors

/// Rewards a prediction for lying far from another row's target: the negative mean squared distance.
///
/// Row `b` is compared with the target of row `b − 1`, and the first with the last. Targets carry no
/// gradient, so it flows through the prediction only.
/// - Shapes: both `[batch, …]`; result one element.
/// - Source: contrastive flow matching, arXiv 2506.05350, with SR-DiT's choice of the other row.
/// - Throws: ``PeregrineError`` `.usage` for fewer than two rows: there is no other then.
public func contrastiveLoss(prediction: Tensor, target: Tensor) throws -> Tensor {
  let count = target.shape[0]
  guard count > 1 else {
    throw PeregrineError(
      .usage, doing: "comparing each picture with another of its batch",
      found: "a batch of \(count)", expected: "at least 2",
      advice: "Raise the micro-batch size, or set the contrastive term's weight to 0.")
  }
  let others = try Tensor.concatenated(
    [target.sliced(0, count - 1..<count), target.sliced(0, 0..<count - 1)], dim: 0)
  return try -(prediction - others).squared().mean()
}
