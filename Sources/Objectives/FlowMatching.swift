import DiffusionMath
import Models
import Samples
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
  /// What sampling must agree on.
  public var formulation = FlowFormulation()
  /// The space of the squared error.
  public var loss = PredictionTarget.velocity
  /// How times are drawn.
  public var times = TimeDistribution.uniform
  /// The probability that all conditions of an item are dropped, for classifier-free guidance.
  public var conditionDrop = 0.1
  /// How many draws of noise each item chooses the nearest of; 1 takes the first.
  public var noiseCandidates = 1
  /// What is added to the squared error of the item, in this order; left out in validation.
  public var terms: [any LossTerm] = []

  /// SiT's defaults.
  public init() {}

  /// The terms' needs while training; a class token's teacher always, because it is a part of the input.
  public func needs(_ backbone: any Backbone, atImage image: Int, isTraining: Bool) -> BatchNeeds {
    let input = BatchNeeds(teacher: backbone.classTokenWidth != nil)
    guard isTraining else { return input }
    return terms.filter { $0.isActive(atImage: image) }.reduce(input) { $0.joined($1.needs) }
  }

  /// The loss of a batch, with noise, times and dropped conditions drawn for each image.
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
      (active.times, active.formulation.shift, active.noiseCandidates) = (.uniform, .none, 1)
    }
    let clean = try batch.state(for: backbone)
    return try active.value(
      clean: clean, noise: active.noise(for: clean, batch.imageNumbers, batch.draws),
      times: active.drawTimes(batch), conditions: batch.conditions(dropping: conditionDrop),
      backbone: backbone, route: batch.route(routing, tokens: backbone.tokenCount),
      teacher: batch.teacher, neighbours: active.neighbours(of: batch))
  }

  /// The loss of given data, noise, times and conditions: everything after the draws.
  ///
  /// - Parameters:
  ///   - times: shifted already; 0 is data.
  ///   - conditions: after some were dropped.
  ///   - teacher: `[batch, 1 + places, width]`, the class token first, for terms that need it.
  ///   - neighbours: data and noise of another item for each row, for terms that need them.
  /// - Shapes: `clean` and `noise` as the backbone's states; one time and condition per row.
  public func value(
    clean: DiffusionState, noise: DiffusionState, times: [Double], conditions: [Condition],
    backbone: any Backbone, route: (any TokenRoute)? = nil, teacher: Tensor? = nil,
    neighbours: (clean: DiffusionState, noise: DiffusionState)? = nil
  ) throws -> ObjectiveValue {
    let (device, dtype) = (clean.item.device, clean.item.dtype)
    let noisy = try noised(clean, noise, times)
    let output = try backbone(
      noisy, time: Tensor(times, shape: [times.count], dtype: dtype, device: device),
      conditions: Conditions(conditions, shape: backbone.conditions, dtype: dtype, device: device),
      context: ForwardContext(
        route: route, isProjecting: terms.contains { $0.needsProjections }))
    let flow = FlowPass(
      clean: clean, noise: noise, noisy: noisy, times: times, prediction: output.prediction,
      neighbours: neighbours, formulation: formulation, loss: loss)
    let error = try flow.squaredError().item
    let perImage = try error.mean(Array(1..<error.shape.count))
    return try ObjectiveValue(
      main: ("flow_matching", perImage), terms: terms,
      of: ForwardPass(clean: clean, output: output, teacher: teacher, flow: flow), times: times)
  }

  /// The state at the rows' times.
  ///
  /// - Parameter times: shifted already; 0 is data.
  public func noised(_ clean: DiffusionState, _ noise: DiffusionState, _ times: [Double]) throws
    -> DiffusionState
  {
    let weights = times.map { formulation.path.coefficients(at: $0) }
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
      formulation.noiseScale == 1 ? item : try item * formulation.noiseScale,
      classToken: try clean.classToken.map { token in
        try Tensor.normal(
          draws.streams("class-token-noise", imageNumbers),
          rowShape: Array(token.shape.dropFirst()), dtype: token.dtype, device: token.device)
      })
  }

  /// The items that the batch's are compared with, and their noise.
  private func neighbours(of batch: TrainingBatch) throws
    -> (clean: DiffusionState, noise: DiffusionState)?
  {
    guard terms.contains(where: { $0.needs.neighbourGroup != nil }),
      let neighbours = batch.neighbours
    else { return nil }
    let clean = DiffusionState(neighbours.clean)
    return (clean, try noise(for: clean, neighbours.imageNumbers, batch.draws))
  }

  private func drawTimes(_ batch: TrainingBatch) -> [Double] {
    batch.draws.streams("time", batch.imageNumbers).map { stream in
      var stream = stream
      return formulation.shift(times.draw(&stream))
    }
  }
}
