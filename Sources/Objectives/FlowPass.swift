import DiffusionMath
import Models
import Tensors

/// The part of a forward pass that is specific to flow matching: noise, times and the noisy state.
public struct FlowPass {
  /// The data.
  public let clean: DiffusionState
  /// The noise that was added.
  public let noise: DiffusionState
  /// The network's input.
  public let noisy: DiffusionState
  /// The time of each row, already shifted; 0 is data.
  public let times: [Double]
  /// The network's prediction.
  public let prediction: DiffusionState
  /// Data and noise of another item for each row; `nil` when no term compares items.
  public let neighbours: (clean: DiffusionState, noise: DiffusionState)?
  /// The path along which data and noise were mixed, and the prediction target.
  public let formulation: FlowFormulation
  /// The space of the squared error.
  public let loss: PredictionTarget

  /// The squared error of each part of the state, in the space of the loss.
  ///
  /// The error in that space is the prediction's error times the slope of the conversion, because the
  /// contribution of the noisy state cancels.
  func squaredError() throws -> DiffusionState {
    let slopes = times.map { formulation.conversion(to: loss, at: $0).output }
    return try prediction.combined(with: truth()) { predicted, truth in
      let error = try predicted.to(truth.dtype) - truth
      guard formulation.prediction != loss else { return try error.squared() }
      return try (error * RowWeights(times.count, like: truth).column(slopes)).squared()
    }
  }

  /// The training target of the prediction.
  private func truth() throws -> DiffusionState {
    switch formulation.prediction {
    case .clean: clean
    case .noise: noise
    case .velocity: try velocity(of: clean, noise)
    }
  }

  /// The velocity between `clean` and `noise` at the rows' times.
  func velocity(of clean: DiffusionState, _ noise: DiffusionState) throws -> DiffusionState {
    let weights = times.map { formulation.path.coefficients(at: $0) }
    return try clean.combined(with: noise) { clean, noise in
      let rows = RowWeights(times.count, like: clean)
      return try clean * rows.column(weights.map(\.dataRate))
        + noise * rows.column(weights.map(\.noiseRate))
    }
  }

  /// The item's prediction, converted to a velocity.
  func predictedVelocity() throws -> Tensor {
    let answer = try prediction.item.to(clean.item.dtype)
    guard formulation.prediction != .velocity else { return answer }
    let conversions = times.map { formulation.conversion(to: .velocity, at: $0) }
    let rows = RowWeights(times.count, like: answer)
    return try noisy.item * rows.column(conversions.map(\.state))
      + answer * rows.column(conversions.map(\.output))
  }
}
