import DiffusionMath
import Models
import Tensors

/// Flow matching: noise the data along a path, predict, compare; further terms read the same pass.
///
/// `x_t = α·x + σ·ε`; the network predicts one of velocity, noise or clean data; the squared error is
/// taken in the space of `loss`, mean over all values of an item, then over the batch. With a backbone
/// that has a class token (REG), the teacher's is noised at the same time with noise of its own.
/// - Time: `t = 0` data, `t = 1` noise; the network receives the shifted time.
/// - Source: SiT, arXiv 2401.08740, eq. (5); for other spaces JiT, arXiv 2511.13720, table 1.
///   Matches fixtures `sit_tiny` and, with SR-DiT's terms, `srdit_tiny`.
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
  /// The deviation of the item's noise; JiT has the picture's side over 256.
  public var noiseScale = 1.0
  /// How many draws of noise each item chooses the nearest of; 1 takes the first.
  public var noiseCandidates = 1
  /// What is added to the squared error of the item, in this order; left out in validation.
  public var terms: [any LossTerm] = []

  /// SiT's defaults.
  public init() {}

  /// The groups that terms compare items in; `nil` when none does.
  public var groupSize: Int? { terms.compactMap(\.groupSize).first }

  /// The loss of a batch, with noise, times and dropped labels drawn for each image.
  ///
  /// In validation the terms are left out and times are uniform, so that recipes that train at other
  /// times or with other terms can be compared in one loss space.
  public func evaluate(
    _ batch: TrainingBatch, backbone: any Backbone, routing: (any TokenRouting)?
  ) throws -> ObjectiveValue {
    var active = self
    if batch.draws.isTraining {
      active.terms = terms.filter { $0.isActive(atImage: batch.firstImageOfStep) }
    } else {
      active.terms = []
      (active.times, active.shift, active.noiseCandidates) = (.uniform, .none, 1)
    }
    let clean = try batch.state(for: backbone)
    return try active.value(
      clean: clean, noise: active.noise(for: clean, batch.imageNumbers, batch.draws),
      times: active.drawTimes(batch),
      labels: batch.labels(dropping: labelDrop, nullLabel: backbone.classCount),
      backbone: backbone, route: batch.route(routing, tokens: backbone.tokenCount),
      teacher: batch.teacher, others: active.groupSize == nil ? nil : others(of: batch))
  }

  /// The loss of given data, noise, times and labels: everything after the draws.
  ///
  /// - Parameters:
  ///   - times: shifted already; 0 is data.
  ///   - labels: with the null class where the label was dropped.
  ///   - teacher: `[batch, 1 + places, width]`, the class token first, for terms that need it.
  ///   - others: data and noise of another item for each row, for terms that need them.
  /// - Shapes: `clean` and `noise` as the backbone's states; one time and label per row.
  public func value(
    clean: DiffusionState, noise: DiffusionState, times: [Double], labels: [Int],
    backbone: any Backbone, route: (any TokenRoute)? = nil, teacher: Tensor? = nil,
    others: (clean: DiffusionState, noise: DiffusionState)? = nil
  ) throws -> ObjectiveValue {
    let (device, dtype) = (clean.item.device, clean.item.dtype)
    let noisy = try noised(clean, noise, times)
    let output = try backbone(
      noisy, time: Tensor(times, shape: [times.count], dtype: dtype, device: device),
      labels: Tensor(labels.map(Int64.init), shape: [labels.count], device: device),
      context: ForwardContext(
        route: route, isProjecting: terms.contains { $0.needsProjections }))
    let pass = ForwardPass(
      clean: clean, noise: noise, noisy: noisy, times: times, output: output, teacher: teacher,
      others: others, method: self)
    let error = try pass.squaredError().item
    let perImage = try error.mean(Array(1..<error.shape.count))
    var total = try perImage.mean()
    var logged = [("flow_matching", total)]
    for term in terms {
      let value = try term.value(of: pass)
      logged.append((term.name, value))
      total = try total + value * term.weight
    }
    return ObjectiveValue(total: total, terms: logged, perImage: perImage, times: times)
  }

  /// The state at the rows' times.
  ///
  /// - Parameter times: shifted already; 0 is data.
  public func noised(_ clean: DiffusionState, _ noise: DiffusionState, _ times: [Double]) throws
    -> DiffusionState
  {
    let weights = times.map { path.coefficients(at: $0) }
    return try clean.combined(with: noise) { clean, noise in
      let rows = RowWeights(times.count, like: clean)
      return try clean * rows.column(weights.map(\.data))
        + noise * rows.column(weights.map(\.noise))
    }
  }

  // MARK: Draws

  /// Noise for some images; a pure function of their numbers, and of the data with several candidates.
  private func noise(for clean: DiffusionState, _ imageNumbers: [Int], _ draws: Draws) throws
    -> DiffusionState
  {
    let item = try nearestNoise(
      to: clean.item, draws.streams("noise", imageNumbers), candidates: noiseCandidates)
    return DiffusionState(
      noiseScale == 1 ? item : try item * noiseScale,
      classToken: try clean.classToken.map { token in
        try Tensor.normal(
          draws.streams("class-token-noise", imageNumbers),
          rowShape: Array(token.shape.dropFirst()), dtype: token.dtype, device: token.device)
      })
  }

  /// The items that the batch's are compared with, and their noise.
  private func others(of batch: TrainingBatch) throws
    -> (clean: DiffusionState, noise: DiffusionState)?
  {
    guard let others = batch.others else { return nil }
    let clean = DiffusionState(others.clean)
    return (clean, try noise(for: clean, others.imageNumbers, batch.draws))
  }

  private func drawTimes(_ batch: TrainingBatch) -> [Double] {
    batch.draws.streams("time", batch.imageNumbers).map { stream in
      var stream = stream
      return shift(times.draw(&stream))
    }
  }
}
