import DiffusionMath
import Models
import Tensors

/// Flow matching: noise the data along a path, predict, compare.
///
/// `x_t = α·x + σ·ε`; the network predicts one of velocity, noise or clean data; the squared error is
/// taken in the space of `loss`, mean over all values of an item, then over the batch.
/// - Time: `t = 0` data, `t = 1` noise; the network receives the shifted time.
/// - Source: SiT, arXiv 2401.08740, eq. (5); for other spaces JiT, arXiv 2511.13720, table 1.
///   Matches fixture `sit_tiny`, case `loss`.
public struct FlowMatching: Objective, Sendable {
  /// The path from data to noise.
  public var path = DiffusionPath.linear
  /// What the network's output means.
  public var prediction = PredictionTarget.velocity
  /// The space of the squared error.
  public var loss = PredictionTarget.velocity
  /// The least divisor when `prediction` is converted to `loss`; 0.05 in JiT and JLT.
  public var floor = 0.0
  /// How times are drawn.
  public var times = TimeDistribution.uniform
  /// Applied to drawn times.
  public var shift = TimeShift.none
  /// The probability that a label is replaced by the null class, for classifier-free guidance.
  public var labelDrop = 0.1

  /// SiT's defaults.
  public init() {}

  /// The loss of a batch, with noise, times and dropped labels drawn for each image.
  public func evaluate(
    _ batch: TrainingBatch, backbone: any Backbone, routing: (any TokenRouting)?
  ) throws -> ObjectiveValue {
    let noise = try Tensor.normal(
      batch.draws.streams("noise", batch.imageNumbers), rowShape: backbone.itemShape,
      dtype: batch.clean.dtype, device: batch.clean.device)
    return try value(
      clean: batch.clean, noise: noise, times: drawTimes(batch),
      labels: batch.labels(dropping: labelDrop, nullLabel: backbone.classCount),
      backbone: backbone, route: batch.route(routing, tokens: backbone.tokenCount))
  }

  /// The loss of given data, noise, times and labels: everything after the draws.
  ///
  /// - Parameters:
  ///   - times: shifted already; 0 is data.
  ///   - labels: with the null class where the label was dropped.
  /// - Shapes: `clean` and `noise` `[batch] + itemShape`; one time and label per row.
  public func value(
    clean: Tensor, noise: Tensor, times: [Double], labels: [Int], backbone: any Backbone,
    route: (any TokenRoute)? = nil
  ) throws -> ObjectiveValue {
    let (device, dtype) = (clean.device, clean.dtype)
    let weights = times.map { path.coefficients(at: $0) }
    let rows = RowWeights(times.count, like: clean)
    let noisy =
      try clean * rows.column(weights.map(\.data)) + noise * rows.column(weights.map(\.noise))
    let output = try backbone(
      noisy, time: Tensor(times, shape: [times.count], dtype: dtype, device: device),
      labels: Tensor(labels.map(Int64.init), shape: [labels.count], device: device),
      context: ForwardContext(route: route))

    // In the loss space the error is the error of the prediction times the conversion's slope:
    // the noisy state is in both and cancels.
    let truth =
      switch prediction {
      case .clean: clean
      case .noise: noise
      case .velocity:
        try clean * rows.column(weights.map(\.dataRate))
          + noise * rows.column(weights.map(\.noiseRate))
      }
    let slopes = times.map {
      path.conversion(from: prediction, to: loss, at: $0, floor: floor).output
    }
    var error = try output.to(dtype) - truth
    if prediction != loss { error = try error * rows.column(slopes) }
    let perImage = try error.squared().mean(Array(1..<error.shape.count))
    let total = try perImage.mean()
    return ObjectiveValue(
      total: total, terms: [("flow_matching", total)], perImage: perImage, times: times)
  }

  private func drawTimes(_ batch: TrainingBatch) -> [Double] {
    batch.draws.streams("time", batch.imageNumbers).map { stream in
      var stream = stream
      return shift(times.draw(&stream))
    }
  }
}
