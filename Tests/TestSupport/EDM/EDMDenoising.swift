import DiffusionMath
import Foundation
import Models
import Objectives
import Samples
import Tensors

/// EDM's denoising loss: noise of a random level is added to the data, and the network predicts the
/// data.
///
/// `x = data + σ·noise` with normal `ln σ`. The loss is the weighted squared error of the denoised
/// state, averaged over the values of an item, then over the batch. TREAD was published with it. No
/// recipe of ours uses it; it is only here for comparison with the fixture.
/// - Time: noise levels σ; the network gets `ln(σ)/4`. ``ObjectiveValue/times`` contains the time
///   on the linear path with the same ratio of noise to data, `σ/(1 + σ)`.
/// - Source: Karras et al., arXiv 2206.00364, eq. (8); matches fixture `tread_tiny`, case `loss_edm`.
public struct EDMDenoising: Sendable {
  /// The scaling of the network's input and output.
  public var preconditioning = EDMPreconditioning()
  /// The mean of the logarithm of the noise level.
  public var logMean = -1.2
  /// The standard deviation of the logarithm of the noise level.
  public var logDeviation = 1.2
  /// Creates the loss with EDM's defaults.
  public init() {}

  /// The noise level for a standard normal number.
  public func noiseLevel(normal: Double) -> Double { exp(logMean + logDeviation * normal) }

  /// The loss for given data, noise, noise levels and conditions.
  ///
  /// - Shapes: `clean` and `noise` `[batch] + itemShape`; one noise level and condition per row.
  public func value(
    clean: Tensor, noise: Tensor, noiseLevels: [Double], conditions: [Condition],
    backbone: any Backbone,
    route: (any TokenRoute)? = nil
  ) throws -> ObjectiveValue {
    let rows = RowWeights(noiseLevels.count, like: clean)
    let noisy = try clean + noise * rows.column(noiseLevels)
    let denoised = try denoised(
      noisy, noiseLevels: noiseLevels, conditions: conditions, backbone: backbone,
      context: ForwardContext(route: route))
    let weights = noiseLevels.map { preconditioning.coefficients(at: $0).lossWeight }
    let error = try (denoised - clean).squared() * rows.column(weights)
    let perImage = try error.mean(Array(1..<error.shape.count))
    let total = try perImage.mean()
    return ObjectiveValue(
      total: total, terms: [("edm_denoising", total)], perImage: perImage,
      times: noiseLevels.map { $0 / (1 + $0) })
  }

  /// The denoised state.
  ///
  /// - Shapes: `noisy` and the result `[batch] + itemShape`; one noise level and condition per row.
  public func denoised(
    _ noisy: Tensor, noiseLevels: [Double], conditions: [Condition], backbone: any Backbone,
    context: ForwardContext = .plain
  ) throws -> Tensor {
    let factors = noiseLevels.map { preconditioning.coefficients(at: $0) }
    let rows = RowWeights(noiseLevels.count, like: noisy)
    let output = try backbone(
      noisy * rows.column(factors.map(\.input)),
      time: Tensor(
        factors.map(\.condition), shape: [factors.count], dtype: noisy.dtype, device: noisy.device),
      conditions: Conditions(
        conditions, shape: backbone.conditions, dtype: noisy.dtype, device: noisy.device),
      context: context)
    return try noisy * rows.column(factors.map(\.skip))
      + output.to(noisy.dtype) * rows.column(factors.map(\.output))
  }
}
