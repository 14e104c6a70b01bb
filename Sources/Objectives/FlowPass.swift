import DiffusionMath
import Models
import Tensors

/// The part of a forward pass that only flow matching has: noise, times and what they make of the data.
public struct FlowPass {
  /// The data.
  public let clean: DiffusionState
  /// The noise that was added.
  public let noise: DiffusionState
  /// What the network read.
  public let noisy: DiffusionState
  /// The time of each row, shifted already; 0 is data.
  public let times: [Double]
  /// What the network answered.
  public let prediction: DiffusionState
  /// Data and noise of another item for each row; `nil` when no term compares items.
  public let neighbours: (clean: DiffusionState, noise: DiffusionState)?
  /// How data and noise were mixed, and what the prediction means.
  public let formulation: FlowFormulation
  /// The space of the squared error.
  public let loss: PredictionTarget

  /// The squared error of each part of the state, in the space of the loss.
  ///
  /// In that space the error is the error of the prediction times the conversion's slope: the noisy
  /// state is in both and cancels.
  func squaredError() throws -> DiffusionState {
    let slopes = times.map { formulation.conversion(to: loss, at: $0).output }
    return try prediction.combined(with: truth()) { predicted, truth in
      let error = try predicted.to(truth.dtype) - truth
      guard formulation.prediction != loss else { return try error.squared() }
      return try (error * RowWeights(times.count, like: truth).column(slopes)).squared()
    }
  }

  /// What the network should have answered.
  private func truth() throws -> DiffusionState {
    switch formulation.prediction {
    case .clean: clean
    case .noise: noise
    case .velocity: try velocity(of: clean, noise)
    }
  }

  /// The velocity of some data and noise at the rows' times.
  func velocity(of clean: DiffusionState, _ noise: DiffusionState) throws -> DiffusionState {
    let weights = times.map { formulation.path.coefficients(at: $0) }
    return try clean.combined(with: noise) { clean, noise in
      let rows = RowWeights(times.count, like: clean)
      return try clean * rows.column(weights.map(\.dataRate))
        + noise * rows.column(weights.map(\.noiseRate))
    }
  }

  /// The item's velocity that the answer stands for.
  func predictedVelocity() throws -> Tensor {
    let answer = try prediction.item.to(clean.item.dtype)
    guard formulation.prediction != .velocity else { return answer }
    let conversions = times.map { formulation.conversion(to: .velocity, at: $0) }
    let rows = RowWeights(times.count, like: answer)
    return try noisy.item * rows.column(conversions.map(\.state))
      + answer * rows.column(conversions.map(\.output))
  }
}
