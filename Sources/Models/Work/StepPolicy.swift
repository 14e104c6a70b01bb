import Tensors

/// Decides, during sampling, what is computed and what is reused from earlier steps.
///
/// The backbone offers every piece of its work. A policy may compute it for all rows or for some of
/// them, or answer from stored outputs. A policy that always computes must return exactly the
/// result of `work.compute(work.rows)`.
public protocol StepPolicy: AnyObject {
  /// Called once before each evaluation of the network.
  func begin(_ evaluation: NetworkEvaluation) throws

  /// The output of a piece of work for all of its rows.
  func output(of work: Work) throws -> Tensor
}

/// One evaluation of the network while sampling.
public struct NetworkEvaluation: Sendable {
  /// The number of the evaluation, counted from 0 over the whole trajectory.
  public let index: Int
  /// The time; 0 is data, 1 is noise.
  public let time: Double
  /// The rows of the batch: the strong predictions, and with guidance as many weak ones after them.
  public let rows: [RowID]

  /// Whether weak predictions are made too.
  public var isGuided: Bool { rows.contains { $0.branch == .weak } }

  /// Creates a description of an evaluation.
  public init(index: Int, time: Double, rows: [RowID]) {
    self.index = index
    self.time = time
    self.rows = rows
  }
}
