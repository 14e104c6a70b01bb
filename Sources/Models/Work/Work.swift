import Tensors

/// A piece of a backbone's work, offered to a ``StepPolicy``.
///
/// Input and probe are computed only when asked for.
public struct Work {
  /// Where in the backbone it is.
  public let site: ComputationSite
  /// The rows for which an output is needed.
  public let rows: RowSet
  /// The input of the piece, `[rows, tokens, width]`.
  public let input: () throws -> Tensor
  /// A cheap signal of how much the output changed since an earlier step, `[rows, tokens, width]`:
  /// for ``ComputationSite/stack`` the first block's modulated input, for
  /// ``ComputationSite/tail(after:)`` what the blocks before it added to the tokens, otherwise the
  /// input.
  public let probe: () throws -> Tensor
  /// Computes the output for some of the rows; the result has as many rows.
  public let compute: (RowSet) throws -> Tensor
  /// The floating-point operations for one row (one multiply-add counts as two).
  public let flops: Double
}

/// Where in a backbone a piece of work is. Sites nest: the stack contains blocks and tails, a tail
/// contains the blocks after it and their tails, a block contains attention and MLP.
public enum ComputationSite: Hashable, Sendable {
  /// All blocks: tokens in, tokens out.
  case stack
  /// All blocks after block `after`: tokens in, tokens out. Not offered on a route.
  case tail(after: Int)
  /// One block: tokens in, tokens out.
  case block(Int)
  /// What mixes the tokens in a block, attention or a scan, before its gate: normalised and modulated
  /// tokens in.
  case attention(Int)
  /// A block's MLP, before its gate: normalised and modulated tokens in.
  case mlp(Int)
}
