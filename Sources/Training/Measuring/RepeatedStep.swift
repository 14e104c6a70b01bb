import Datasets
import Diagnostics
import DiffusionMath
import Encoding
import Foundation
import Models
import Nets
import Objectives
import Recipes
import Samples
import Tensors

/// A recipe's work on one batch, done over and over: what a benchmark times.
public final class RepeatedStep {
  /// What is repeated.
  public enum Work: String, CaseIterable, Codable, Sendable {
    /// A whole training step: forward, backward, clipping, optimizer, average.
    case train
    /// The same with the loading of its data, batch after batch.
    case trainOnData = "train-on-data"
    /// One evaluation of the network, as samplers make them.
    case sample
  }

  private let session: TrainingSession
  private let recipe: Recipe
  private let loader: BatchLoader
  private var batch: HostBatch
  private let probe: ProbeBatch

  /// Opens the recipe's data, builds its model and loads the first batch.
  public init(_ recipe: Recipe) throws {
    self.recipe = recipe
    let source = try TrainingData(recipe)
    session = try TrainingSession(recipe, source: source)
    loader = source.batches(of: recipe, startingAt: 0)
    batch = try loader.next()
    probe = try ProbeBatch(batch, seed: recipe.training.seed, device: session.device)
  }

  deinit { loader.stop() }

  /// Does the work once and waits for its end.
  public func run(_ work: Work) throws {
    switch work {
    case .train:
      // Other images each time, as far as noise and routes go, which are drawn by the image's number.
      batch.firstImage = session.progress.images
      try session.step(batch)
    case .trainOnData: try session.step(loader.next())
    case .sample: _ = try prediction()
    }
    try session.device.synchronize()
  }

  /// Looks at the numbers of the steps so far.
  ///
  /// - Throws: ``PeregrineError`` `.nonFinite` when training left the numbers.
  public func check() throws { _ = try session.collect(lastCheckpoint: nil) }

  /// Floating-point operations of one image.
  public func flopsPerImage(_ work: Work) throws -> Double {
    work == .sample ? session.model.forwardFLOPs : try session.flopsPerImage
  }

  /// Floating-point operations of one image's training step, by who needs them: the `model`, the
  /// `projections` of its loss terms, and the `teacher`.
  public var flopsByAccount: [String: Double] {
    get throws { try session.flopsByAccount }
  }

  /// What the data is.
  public var data: DataDescription { session.source.description }

  /// What determines the network's shapes.
  public var configuration: any BackboneConfiguration {
    get throws { try recipe.configuration(for: session.source.description) }
  }

  /// The images of a batch.
  public var images: Int { recipe.training.globalBatchSize }

  // MARK: Comparison with others

  /// Draws every trained weight anew, so that no block is the identity; writes weights and batch.
  ///
  /// - Parameters:
  ///   - weights: a state dictionary, as the family's published checkpoints have it.
  ///   - inputs: `item`, `noise`, `time` and `labels`.
  public func prepare(weights: URL, inputs: URL) throws {
    try session.model.randomizeParameters(seed: recipe.training.seed, purpose: "bench")
    let all = session.model.namedParameters.map { ($0.name, $0.parameter.value) }
    try SafetensorsFile.write(all, to: weights)
    try SafetensorsFile.write(probe.tensors, to: inputs)
  }

  /// What the model makes of the inputs: `prediction`, and for training `loss` and `gradient_norm`.
  public func answers(_ work: Work) throws -> [(name: String, tensor: Tensor)] {
    var answers = [(name: "prediction", tensor: try prediction().to(.float32))]
    guard work != .sample else { return answers }
    let value = try withComputation(in: recipe.computationDType, on: session.device) {
      try FlowMatching().value(
        clean: DiffusionState(probe.item), noise: DiffusionState(probe.noise), times: probe.times,
        conditions: probe.conditions, backbone: session.model)
    }
    try value.total.backward()
    let norm = try clipGradients(of: session.model.namedParameters, to: nil)
    session.optimizer.clearGradients()
    answers.append(("loss", try value.total.detached().to(.float32).reshaped([1])))
    answers.append(("gradient_norm", try norm.to(.float32).reshaped([1])))
    return answers
  }

  private func prediction() throws -> Tensor {
    try withoutGradients {
      try withComputation(in: recipe.computationDType, on: session.device) {
        try session.model(
          probe.noise, time: probe.time,
          conditions: Conditions(
            probe.conditions, shape: session.model.conditions, dtype: probe.noise.dtype,
            device: session.device))
      }
    }
  }
}

/// A batch with noise, times and labels that anyone can read from a file.
private struct ProbeBatch {
  let item, noise, time, labels: Tensor
  let times: [Double]
  let conditions: [Condition]

  init(_ batch: HostBatch, seed: UInt64, device: Device) throws {
    let count = batch.conditions.count
    let shape = [count] + batch.itemShape.dimensions
    var stream = RandomStream(seed: seed, purpose: "bench/noise")
    conditions = batch.conditions
    // Float32 holds these exactly.
    times = (0..<count).map { (Double($0 % 16) + 0.5) / 16 }
    item = try Tensor(batch.values, shape: shape, device: device)
    noise = try Tensor(
      stream.normals(batch.values.count), shape: shape, device: device)
    time = try Tensor(times.map(Float.init), shape: [count], device: device)
    labels = try Tensor(conditions.map { Int64($0.label ?? 0) }, shape: [count], device: device)
  }

  var tensors: [(name: String, tensor: Tensor)] {
    [("item", item), ("noise", noise), ("time", time), ("labels", labels)]
  }
}
