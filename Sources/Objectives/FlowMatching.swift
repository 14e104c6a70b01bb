import DiffusionMath
import Models
import Samples
import Tensors

/// Flow matching: noises the data along a path and takes the squared error of the prediction.
/// Further terms use the same forward pass.
///
/// `x_t = α·x + σ·ε`. The network predicts velocity, noise or clean data; the squared error is
/// taken in the space of `loss` and averaged over the values of an item, then over the batch. If
/// the backbone has a class token (REG), the teacher's class token is noised to the same time with
/// its own noise.
/// - Time: `t = 0` is data, `t = 1` is noise; the network gets the shifted time.
/// - Source: SiT, arXiv 2401.08740, eq. (5); other loss spaces: JiT, arXiv 2511.13720, table 1.
///   Matches fixtures `sit_tiny` and, with SR-DiT's terms, `srdit_tiny`.
public struct FlowMatching: Objective, Sendable {
  /// Path, prediction target, noise scale and the time shift of training. Sampling must use the
  /// same, except for the time shift, which may differ.
  public var formulation = FlowFormulation()
  /// The space of the squared error.
  public var loss = PredictionTarget.velocity
  /// The distribution that times are drawn from.
  public var times = TimeDistribution.uniform
  /// The probability that all conditions of an item are dropped, for classifier-free guidance.
  public var conditionDrop = 0.1
  /// How many noise candidates are drawn per item, of which the nearest is used; 1 is plain noise.
  public var noiseCandidates = 1
  /// The terms that are added to the item's squared error, in this order; left out in validation.
  public var terms: [any LossTerm] = []

  /// Creates flow matching with SiT's defaults.
  public init() {}

  /// In training the needs of the active terms. A backbone with a class token always needs the teacher,
  /// because the class token is part of the input.
  public func needs(_ backbone: any Backbone, atImage image: Int, isTraining: Bool) -> BatchNeeds {
    let input = BatchNeeds(teacher: backbone.classTokenWidth != nil)
    guard isTraining else { return input }
    return terms.filter { $0.isActive(atImage: image) }.reduce(input) { $0.joined($1.needs) }
  }

  /// The loss of a batch, with noise, time and dropped conditions drawn per image.
  ///
  /// In validation the terms are left out and times are uniform, so that recipes with different
  /// times or terms can be compared if they share a loss space.
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

  /// The loss for given data, noise, times and conditions, without any random draws.
  ///
  /// - Parameters:
  ///   - times: already shifted; 0 is data.
  ///   - conditions: with some already dropped.
  ///   - teacher: `[batch, 1 + patches, width]`, the class token first, for terms that need it.
  ///   - neighbours: data and noise of another item for each row, for terms that need them.
  /// - Shapes: `clean` and `noise` have the shape of the backbone's state; one time and condition
  ///   per row.
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

  /// The noisy state at the given times.
  ///
  /// - Parameter times: one per row, already shifted; 0 is data.
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

  /// The noise of some images: a pure function of their numbers, and with several candidates also
  /// of the data.
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

  /// The items that the batch is compared with, and their noise.
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
