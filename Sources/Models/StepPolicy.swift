import Tensors

/// Decides, during sampling, what is computed and what is taken from earlier steps.
///
/// The backbone offers every piece of its work under a ``ComputationSite``: sites nest (the stack holds
/// blocks, a block holds attention and MLP). A policy may compute the piece for all rows of the batch,
/// for some of them, or answer from its own store. A policy that always computes must return exactly
/// what `compute(.all)` returned.
public protocol StepPolicy: AnyObject {
  /// Called once before each evaluation of the network.
  func begin(_ evaluation: Evaluation) throws

  /// The output of one piece of work.
  ///
  /// - Parameters:
  ///   - input: what the piece reads, `[rows, tokens, width]`.
  ///   - compute: runs the piece for all or some rows; the result has as many rows.
  /// - Returns: the output for all rows.
  func output(
    at site: ComputationSite, input: Tensor, compute: (BatchRows) throws -> Tensor
  ) throws -> Tensor
}

/// One evaluation of the network while sampling.
public struct Evaluation: Sendable {
  /// Counted from 0 over the whole trajectory.
  public let index: Int
  /// The time; 0 is data, 1 is noise.
  public let time: Double
  /// The first rows are conditional; with guidance, as many unconditional ones follow.
  public let isGuided: Bool

  /// Describes an evaluation.
  public init(index: Int, time: Double, isGuided: Bool) {
    self.index = index
    self.time = time
    self.isGuided = isGuided
  }
}

/// A piece of a backbone's work.
public enum ComputationSite: Hashable, Sendable {
  /// All blocks: tokens in, tokens out.
  case stack
  /// One block: tokens in, tokens out.
  case block(Int)
  /// A block's attention, before its gate: normalised and modulated tokens in.
  case attention(Int)
  /// A block's MLP, before its gate: normalised and modulated tokens in.
  case mlp(Int)
}

/// Which rows of the batch a piece of work is done for.
public enum BatchRows {
  case all
  /// int64 indices.
  case some(Tensor)

  /// The chosen rows of a tensor whose first dimension is the batch.
  public func of(_ tensor: Tensor) throws -> Tensor {
    switch self {
    case .all: tensor
    case .some(let indices): try tensor.selecting(0, indices)
    }
  }
}
