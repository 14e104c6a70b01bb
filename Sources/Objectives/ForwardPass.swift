import DiffusionMath
import Models
import Tensors

/// One forward pass of a training method, for the loss terms that read it.
public struct ForwardPass {
  /// The data.
  public let clean: DiffusionState
  /// The noise that was added.
  public let noise: DiffusionState
  /// What the network read.
  public let noisy: DiffusionState
  /// The time of each row, shifted already; 0 is data.
  public let times: [Double]
  /// What the network answered.
  public let output: BackboneOutput
  /// The teacher's tokens `[batch, 1 + places, width]`, the class token first; `nil` without teacher.
  public let teacher: Tensor?
  /// Data and noise of another item for each row; `nil` when no term compares items.
  public let others: (clean: DiffusionState, noise: DiffusionState)?
  /// How data and noise were mixed, and what the output means.
  let method: FlowMatching

  /// The squared error of each part of the state, in the space of the method's loss.
  ///
  /// In that space the error is the error of the prediction times the conversion's slope: the noisy
  /// state is in both and cancels.
  func squaredError() throws -> DiffusionState {
    let slopes = times.map {
      method.path.conversion(
        from: method.prediction, to: method.loss, at: $0, floor: method.floor
      ).output
    }
    return try output.prediction.combined(with: truth()) { predicted, truth in
      let error = try predicted.to(truth.dtype) - truth
      guard method.prediction != method.loss else { return try error.squared() }
      return try (error * RowWeights(times.count, like: truth).column(slopes)).squared()
    }
  }

  /// What the network should have answered.
  private func truth() throws -> DiffusionState {
    switch method.prediction {
    case .clean: clean
    case .noise: noise
    case .velocity: try velocity(of: clean, noise)
    }
  }

  /// The velocity of some data and noise at the rows' times.
  func velocity(of clean: DiffusionState, _ noise: DiffusionState) throws -> DiffusionState {
    let weights = times.map { method.path.coefficients(at: $0) }
    return try clean.combined(with: noise) { clean, noise in
      let rows = RowWeights(times.count, like: clean)
      return try clean * rows.column(weights.map(\.dataRate))
        + noise * rows.column(weights.map(\.noiseRate))
    }
  }

  /// The item's velocity that the answer stands for.
  func predictedVelocity() throws -> Tensor {
    let answer = try output.prediction.item.to(clean.item.dtype)
    guard method.prediction != .velocity else { return answer }
    let conversions = times.map {
      method.path.conversion(from: method.prediction, to: .velocity, at: $0, floor: method.floor)
    }
    let rows = RowWeights(times.count, like: answer)
    return try noisy.item * rows.column(conversions.map(\.state))
      + answer * rows.column(conversions.map(\.output))
  }
}

/// A weighted part of a loss, beside the error of the item itself.
///
/// Each term is a file of its own and knows no other; ``FlowMatching`` adds them up and logs each.
public protocol LossTerm: Sendable {
  /// The name in logs.
  var name: String { get }
  /// What the term is multiplied by in the sum.
  var weight: Double { get }
  /// Whether the forward pass must project tokens into the teacher's space.
  var needsProjections: Bool { get }
  /// How many images in turn form a group whose items are compared with each other; `nil` for a term
  /// that looks at each item by itself, 0 for the whole batch.
  var groupSize: Int? { get }
  /// Whether the term is in the loss of a batch that starts with a given image of the run.
  func isActive(atImage image: Int) -> Bool
  /// The term before its weight, one element.
  func value(of pass: ForwardPass) throws -> Tensor
}

extension LossTerm {
  /// No projections.
  public var needsProjections: Bool { false }
  /// Each item by itself.
  public var groupSize: Int? { nil }
  /// Always.
  public func isActive(atImage image: Int) -> Bool { true }
}
