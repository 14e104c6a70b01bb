import Tensors

/// Decides, during sampling, what is computed and what is taken from earlier steps.
///
/// The backbone offers every piece of its work. A policy may compute it for all rows, for some of them,
/// or answer from its own store. A policy that always computes must return exactly what
/// `work.compute(work.rows)` returned.
public protocol StepPolicy: AnyObject {
  /// Called once before each evaluation of the network.
  func begin(_ evaluation: NetworkEvaluation) throws

  /// The output of one piece of work for all of its rows.
  func output(of work: Work) throws -> Tensor
}

/// One evaluation of the network while sampling.
public struct NetworkEvaluation: Sendable {
  /// Counted from 0 over the whole trajectory.
  public let index: Int
  /// The time; 0 is data, 1 is noise.
  public let time: Double
  /// What the rows of the batch are: the strong predictions, with guidance followed by as many weak ones.
  public let rows: [RowID]

  /// Whether weak predictions are made, too.
  public var isGuided: Bool { rows.contains { $0.branch == .weak } }

  /// Describes an evaluation.
  public init(index: Int, time: Double, rows: [RowID]) {
    self.index = index
    self.time = time
    self.rows = rows
  }
}
