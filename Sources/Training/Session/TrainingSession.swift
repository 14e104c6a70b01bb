import Datasets
import Diagnostics
import DiffusionMath
import FileAccess
import Foundation
import Models
import Nets
import Objectives
import Recipes
import RunFiles
import Runs
import Tensors

/// A model with its optimizer, weight averages and progress. It can take one step.
final class TrainingSession {
  let recipe: Recipe
  let device: Device
  let model: any Backbone
  let average: ExponentialMovingAverage
  let powerAverages: PowerAverages
  let optimizer: any Optimizer
  let objective: any Objective
  let routing: (any TokenRouting)?
  let source: TrainingData
  var progress = TrainingProgress()

  private let parameters: [NamedParameter]
  /// Whether weights are constrained after each step, before averages are updated.
  private let holdsWeights: Bool
  private let lanes: Lanes
  private var pending: [PendingStep] = []

  /// Builds everything and initialises the weights.
  init(_ recipe: Recipe, source: TrainingData) throws {
    self.recipe = recipe
    self.source = source
    if recipe.training.threads > 0 { Runtime.threadCount = recipe.training.threads }
    try requireThreads(Runtime.threadCount, doing: "preparing to train")
    device = try Device(named: recipe.training.device)
    model = try recipe.makeModel(for: source.description)
    try model.initialize(seed: recipe.training.seed)
    if !recipe.model.startFrom.isEmpty {
      try StartingWeights.load(
        URL(fileURLWithPath: recipe.model.startFrom), into: model, clock: recipe.model.startClock)
    }
    try model.convert(to: recipe.masterDType, on: device)
    holdsWeights = try recipe.configuration(for: source.description).keepsWeightMagnitudes
    parameters = model.namedParameters
    average = try ExponentialMovingAverage(parameters)
    powerAverages = try PowerAverages(recipe.optimizer.emaProfiles, of: parameters)
    optimizer = try recipe.makeOptimizer(parameters)
    objective = recipe.makeObjective()
    routing = try recipe.makeRouting(depth: model.depth)
    let micro = recipe.training.microBatchSize
    lanes = try Lanes(
      model, count: micro == 0 ? 1 : recipe.training.globalBatchSize / micro, on: device
    ) { [device] in
      let copy = try recipe.makeModel(for: source.description)
      try copy.convert(to: recipe.masterDType, on: device)
      return copy
    }
  }

  /// Takes one optimizer step on a batch.
  func step(_ batch: HostBatch) throws {
    let start = ContinuousClock.now
    let count = batch.conditions.count
    let micro = recipe.training.microBatchSize == 0 ? count : recipe.training.microBatchSize
    let starts = Array(stride(from: 0, to: count, by: micro))
    let parts = try lanes.run(starts.count) { index, model in
      let rows = starts[index]..<min(starts[index] + micro, count)
      let value = try evaluate(
        batch, rows: rows, draws: Draws(.training, seed: recipe.training.seed), routing: routing,
        with: model)
      let share = Double(rows.count) / Double(count)
      try (value.total * share).backward()
      return (value: value, share: share)
    }
    let clip = recipe.optimizer.gradientClip
    let norm = try clipGradients(of: parameters, to: clip > 0 ? clip : nil)
    let decay = recipe.emaDecay(atStep: progress.step + 1)
    if holdsWeights {
      try optimizer.step(learningRate: learningRate)
      try model.constrainParameters()
      try average.update(decay: decay)
    } else {
      try optimizer.step(learningRate: learningRate, average: average, decay: decay)
    }
    optimizer.clearGradients()
    progress.step += 1
    progress.images += count
    try powerAverages.update(images: progress.images, batch: count)
    pending.append(
      try PendingStep(step: progress.step, images: progress.images, gradientNorm: norm, parts))
    try rest(since: start)
    progress.clock.countStep(images: count)
  }

  /// Sleeps until the minimum step time has passed.
  private func rest(since start: ContinuousClock.Instant) throws {
    guard recipe.training.leastStepSeconds > 0 else { return }
    try device.synchronize()
    let left = recipe.training.leastStepSeconds - (ContinuousClock.now - start) / .seconds(1)
    if left > 0 { Thread.sleep(forTimeInterval: left) }
  }

  /// The loss of some rows of a batch, by default without routing.
  func evaluate(
    _ batch: HostBatch, rows: Range<Int>, draws: Draws,
    routing: (any TokenRouting)? = nil, with model: (any Backbone)? = nil
  ) throws -> ObjectiveValue {
    let numbers = rows.map { batch.firstImage + $0 }
    var part = TrainingBatch(
      clean: try items(of: batch, Array(rows)), conditions: Array(batch.conditions[rows]),
      imageNumbers: numbers, draws: draws)
    part.firstImageOfStep = batch.firstImage
    let needs = objective.needs(
      self.model, atImage: batch.firstImage, isTraining: draws.isTraining)
    if needs.teacher { part.teacher = try source.teacher?.features(of: batch, rows: rows) }
    if let size = needs.neighbourGroup {
      let others = Self.predecessors(of: rows, count: batch.conditions.count, groupSize: size)
      part.neighbours = (try items(of: batch, others), others.map { batch.firstImage + $0 })
    }
    return try withComputation(in: recipe.computationDType, on: device) { [part] in
      try objective.evaluate(part, backbone: model ?? self.model, routing: routing)
    }
  }

  /// Copies some items of a batch to the device.
  private func items(of batch: HostBatch, _ rows: [Int]) throws -> Tensor {
    let size = batch.itemShape.count
    let values = try Array(
      joining: rows.map { batch.values[$0 * size..<($0 + 1) * size] },
      doing: "copying \(rows.count) items of a batch to the device")
    return try Tensor(
      values, shape: [rows.count] + batch.itemShape.dimensions, dtype: recipe.masterDType,
      device: device)
  }

  /// Each row's predecessor in its group of a batch, wrapping around.
  static func predecessors(of rows: Range<Int>, count: Int, groupSize: Int) -> [Int] {
    let size = groupSize == 0 ? count : groupSize
    return rows.map { row in
      let start = row / size * size
      return row == start ? min(start + size, count) - 1 : row - 1
    }
  }

  /// Floating-point operations of a training step per image: forward, backward (twice the forward)
  /// and the teacher's forward.
  var flopsPerImage: Double {
    get throws { try flopsByAccount.values.reduce(0, +) }
  }

  /// The same, split into `model`, `projections` (of loss terms) and `teacher`.
  var flopsByAccount: [String: Double] {
    get throws {
      let accounts = [
        "model": try 3 * model.forwardFLOPs(routing: routing),
        "projections": try 3 * model.projectionFLOPs(routing: routing),
        "teacher": source.teacher?.forwardFLOPs ?? 0,
      ]
      return accounts.filter { $0.value > 0 }
    }
  }

  /// Reads the loss values of the steps since the last call from the device, in one transfer.
  ///
  /// - Throws: ``PeregrineError`` `.nonFinite` naming the first step and term that is NaN or infinite.
  func collect(lastCheckpoint: Checkpoint?) throws -> [StepRecord] {
    let records = try PendingStep.read(pending)
    pending = []
    for record in records {
      if let offender = record.offender {
        try requireFiniteData(ofStepEndingAt: record.images)
        throw PeregrineError(
          .nonFinite, doing: "training, at step \(record.step) (\(record.images) images)",
          found: "\(offender.name) = \(offender.value)", expected: "a finite number",
          advice: (lastCheckpoint.map { "The last good checkpoint is `\($0.url.path)`. " }
            ?? "There is no checkpoint yet. ")
            + "The data of this step are finite, so the training diverged: lower "
            + "`optimizer.learning_rate` or `optimizer.gradient_clip`.")
      }
      progress.window.add(record)
    }
    return records
  }

  /// Rejects NaN and infinity in the data of a step, which is read again.
  ///
  /// - Throws: ``PeregrineError`` `.badData` naming the item.
  private func requireFiniteData(ofStepEndingAt images: Int) throws {
    let first = images - recipe.training.globalBatchSize
    let loader = source.batches(of: recipe, startingAt: first)
    defer { loader.stop() }
    let batch = try loader.next()
    guard let bad = batch.values.firstIndex(where: { !$0.isFinite }) else { return }
    let image = first + bad / batch.itemShape.count
    let order = source.order(of: recipe)
    let item = order.permutation(ofEpoch: image / order.count)[image % order.count]
    throw PeregrineError(
      .badData, doing: "training on `\(source.description.summary.name)`",
      found: "\(batch.values[bad]) in item \(item) of the training part",
      expected: "finite numbers", advice: "Repair or remove this item, then start a new run.")
  }

  /// The learning rate of the next step: warm-up, plateau and cool-down, each counted in images.
  var learningRate: Double {
    let options = recipe.optimizer
    let after = Double(progress.images + recipe.training.globalBatchSize)
    let left = Double(recipe.training.images - progress.images)
    let warm = options.warmupImages == 0 ? 1 : min(1, after / Double(options.warmupImages))
    let cool =
      options.cooldownImages == 0 ? 1 : min(1, max(0, left / Double(options.cooldownImages)))
    return options.learningRate * min(warm, cool)
  }
}
