import Tensors

/// Decides, during sampling, what is computed and what is reused from earlier steps.
///
/// The backbone offers every piece of its work. A policy may compute it for all rows or for some of
/// them, or answer from stored outputs. A policy that always computes must return exactly the
/// result of `work.compute(work.rows)`.
public protocol StepPolicy: AnyObject {
  /// Called once before a trajectory.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a trajectory that the policy cannot serve.
  func start(_ trajectory: SamplingTrajectory) throws

  /// Called once before each evaluation of the network.
  func begin(_ evaluation: NetworkEvaluation) throws

  /// The output of a piece of work for all of its rows.
  func output(of work: Work) throws -> Tensor
}

extension StepPolicy {
  /// By default needs to know nothing of the trajectory.
  public func start(_ trajectory: SamplingTrajectory) throws {}
}

/// A trajectory, as far as it is known before it starts.
public struct SamplingTrajectory: Equatable, Sendable {
  /// The time of each step's first evaluation; 0 is data, 1 is noise.
  public let times: [Double]
  /// The number of blocks of the network.
  public let depth: Int

  /// Creates a description of a trajectory.
  public init(times: [Double], depth: Int) {
    self.times = times
    self.depth = depth
  }
}

/// One evaluation of the network while sampling.
public struct NetworkEvaluation: Sendable {
  /// The number of the evaluation, counted from 0 over the whole trajectory.
  public let index: Int
  /// The number of the solver's step.
  public let step: Int
  /// Which of the step's evaluations it is, counted from 0; Heun's method has two.
  public let stage: Int
  /// The time; 0 is data, 1 is noise.
  public let time: Double
  /// The rows of the batch: the strong predictions, and with guidance as many weak ones after them.
  public let rows: [RowID]

  /// Whether weak predictions are made too.
  public var isGuided: Bool { rows.contains { $0.branch == .weak } }

  /// Creates a description of an evaluation; by default of a step with one evaluation.
  public init(index: Int, step: Int? = nil, stage: Int = 0, time: Double, rows: [RowID]) {
    self.index = index
    self.step = step ?? index
    self.stage = stage
    self.time = time
    self.rows = rows
  }
}
