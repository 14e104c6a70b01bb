import Tensors

/// What may change a forward pass: a training route, a wish for projections, or a sampling policy.
/// Nothing by default.
public struct ForwardContext {
  /// The route of this pass.
  public var route: (any TokenRoute)?
  /// Whether tokens are projected into the teacher's space too.
  public var isProjecting: Bool
  /// The policy of this trajectory, while sampling.
  public var policy: (any StepPolicy)?
  /// What the rows of the batch are, for the policy.
  public var rows: RowSet

  /// The plain model.
  public static var plain: ForwardContext { ForwardContext() }

  /// A context; everything left out is off.
  public init(
    route: (any TokenRoute)? = nil, isProjecting: Bool = false,
    policy: (any StepPolicy)? = nil, rows: RowSet = RowSet()
  ) {
    self.route = route
    self.isProjecting = isProjecting
    self.policy = policy
    self.rows = rows
  }

  /// The context of a pass over some rows alone.
  func of(_ rows: RowSet) throws -> ForwardContext {
    var chosen = self
    chosen.rows = rows.alone
    chosen.route = try route?.choosing(rows)
    return chosen
  }

  /// Offers a piece of work to the policy, or just does it.
  ///
  /// - Parameter probe: the input unless given.
  func output(
    at site: ComputationSite, flops: @autoclosure () -> Double,
    input: @escaping @autoclosure () throws -> Tensor,
    probe: (() throws -> Tensor)? = nil, compute: (RowSet) throws -> Tensor
  ) throws -> Tensor {
    guard let policy else { return try compute(RowSet()) }
    return try withoutActuallyEscaping(compute) { compute in
      try policy.output(
        of: Work(
          site: site, rows: rows, input: input, probe: probe ?? input, compute: compute,
          flops: flops()))
    }
  }
}
