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

/// A recipe's work on one batch, repeated to be timed by a benchmark.
public final class RepeatedStep {
  /// The work that is repeated.
  public enum Work: String, CaseIterable, Codable, Sendable {
    /// A full training step: forward, backward, gradient clipping, optimizer, averaging.
    case train
    /// A full training step including loading the next batch.
    case trainOnData = "train-on-data"
    /// One network evaluation, as in sampling.
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

  /// Does the work once and waits for the device.
  public func run(_ work: Work) throws {
    switch work {
    case .train:
      // New image numbers each time, so that noise and routes, which are drawn by number, differ.
      batch.firstImage = session.progress.images
      try session.step(batch)
    case .trainOnData: try session.step(loader.next())
    case .sample: _ = try prediction()
    }
    try session.device.synchronize()
  }

  /// Checks the losses and gradients of the steps so far.
  ///
  /// - Throws: ``PeregrineError`` `.nonFinite` if one of them is NaN or infinite.
  public func check() throws { _ = try session.collect(lastCheckpoint: nil) }

  /// Floating-point operations per image.
  public func flopsPerImage(_ work: Work) throws -> Double {
    work == .sample ? session.model.forwardFLOPs : try session.flopsPerImage
  }

  /// Floating-point operations of a training step per image, split into `model`, `projections` (of loss
  /// terms) and `teacher`.
  public var flopsByAccount: [String: Double] {
    get throws { try session.flopsByAccount }
  }

  /// The description of the data.
  public var data: DataDescription { session.source.description }

  /// The configuration of the network.
  public var configuration: any BackboneConfiguration {
    get throws { try recipe.configuration(for: session.source.description) }
  }

  /// The number of images in a batch.
  public var images: Int { recipe.training.globalBatchSize }

  // MARK: Comparison with other implementations

  /// Sets every trained weight to random values, so that no block is the identity, and writes
  /// weights and batch.
  ///
  /// - Parameters:
  ///   - weights: the file for a state dictionary, as in the family's published checkpoints.
  ///   - inputs: the file for `item`, `noise`, `time` and `labels`.
  public func prepare(weights: URL, inputs: URL) throws {
    try session.model.randomizeParameters(seed: recipe.training.seed, purpose: "bench")
    let all = session.model.namedParameters.map { ($0.name, $0.parameter.value) }
    try SafetensorsFile.write(all, to: weights)
    try SafetensorsFile.write(probe.tensors, to: inputs)
  }

  /// The model's results for the inputs: `prediction`, and for training `loss` and `gradient_norm`.
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

/// A batch with noise, times and labels, to be written to a file for other programs.
private struct ProbeBatch {
  let item, noise, time, labels: Tensor
  let times: [Double]
  let conditions: [Condition]

  init(_ batch: HostBatch, seed: UInt64, device: Device) throws {
    let count = batch.conditions.count
    let shape = [count] + batch.itemShape.dimensions
    var stream = RandomStream(seed: seed, purpose: "bench/noise")
    conditions = batch.conditions
    // These values are exact in float32.
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
