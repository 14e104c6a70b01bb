import DiffusionMath
import Foundation
import Models
import Tensors

/// EDM's denoising: noise of a random level is added to the data, the network finds the data.
///
/// `x = data + σ·noise` with `ln σ` normal; the weighted squared error of the denoised state, mean over
/// all values of an item, then over the batch.
/// - Time: noise levels σ; the network reads `ln(σ)/4`. ``ObjectiveValue/times`` has the time of the
///   linear path with the same ratio of noise to data, `σ/(1 + σ)`.
/// - Source: Karras et al., arXiv 2206.00364, eq. (8); matches fixture `tread_tiny`, case `loss_edm`.
public struct EDMDenoising: Objective, Sendable {
  /// The scaling of the network's input and output.
  public var preconditioning = EDMPreconditioning()
  /// The mean of the logarithm of the noise level.
  public var logMean = -1.2
  /// The standard deviation of the logarithm of the noise level.
  public var logDeviation = 1.2
  /// The probability that a label is replaced by the null class, for classifier-free guidance.
  public var labelDrop = 0.1

  /// EDM's defaults.
  public init() {}

  /// The noise level that a standard normal number stands for.
  public func noiseLevel(normal: Double) -> Double { exp(logMean + logDeviation * normal) }

  /// The loss of a batch, with noise, noise levels and dropped labels drawn for each image.
  public func evaluate(
    _ batch: TrainingBatch, backbone: any Backbone, routing: (any TokenRouting)?
  ) throws -> ObjectiveValue {
    let noise = try Tensor.normal(
      batch.draws.streams("noise", batch.imageNumbers), rowShape: backbone.itemShape,
      dtype: batch.clean.dtype, device: batch.clean.device)
    let levels = batch.draws.streams("time", batch.imageNumbers).map { stream in
      var stream = stream
      return noiseLevel(normal: Double(stream.normals(1)[0]))
    }
    return try value(
      clean: batch.clean, noise: noise, noiseLevels: levels,
      labels: batch.labels(dropping: labelDrop, nullLabel: backbone.classCount),
      backbone: backbone, route: batch.route(routing, tokens: backbone.tokenCount))
  }

  /// The loss of given data, noise, noise levels and labels: everything after the draws.
  ///
  /// - Shapes: `clean` and `noise` `[batch] + itemShape`; one noise level and label per row.
  public func value(
    clean: Tensor, noise: Tensor, noiseLevels: [Double], labels: [Int], backbone: any Backbone,
    route: (any TokenRoute)? = nil
  ) throws -> ObjectiveValue {
    let rows = RowWeights(noiseLevels.count, like: clean)
    let noisy = try clean + noise * rows.column(noiseLevels)
    let denoised = try denoised(
      noisy, noiseLevels: noiseLevels, labels: labels, backbone: backbone,
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
  /// - Shapes: `noisy` and the result `[batch] + itemShape`; one noise level and label per row.
  public func denoised(
    _ noisy: Tensor, noiseLevels: [Double], labels: [Int], backbone: any Backbone,
    context: ForwardContext = .plain
  ) throws -> Tensor {
    let factors = noiseLevels.map { preconditioning.coefficients(at: $0) }
    let rows = RowWeights(noiseLevels.count, like: noisy)
    let output = try backbone(
      noisy * rows.column(factors.map(\.input)),
      time: Tensor(
        factors.map(\.condition), shape: [factors.count], dtype: noisy.dtype, device: noisy.device),
      labels: Tensor(labels.map(Int64.init), shape: [labels.count], device: noisy.device),
      context: context)
    return try noisy * rows.column(factors.map(\.skip))
      + output.to(noisy.dtype) * rows.column(factors.map(\.output))
  }
}
