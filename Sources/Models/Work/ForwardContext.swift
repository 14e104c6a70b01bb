import Tensors

/// What can change a forward pass: a route, a request for projections, or a sampling policy. By default
/// nothing.
public struct ForwardContext {
  /// The route of this pass.
  public var route: (any TokenRoute)?
  /// Whether tokens are also projected to the teacher's token space.
  public var isProjecting: Bool
  /// The policy of this trajectory, during sampling.
  public var policy: (any StepPolicy)?
  /// The identities of the batch's rows, for the policy.
  public var rows: RowSet

  /// The context of the plain model.
  public static var plain: ForwardContext { ForwardContext() }

  /// Creates a context; everything left out is off.
  public init(
    route: (any TokenRoute)? = nil, isProjecting: Bool = false,
    policy: (any StepPolicy)? = nil, rows: RowSet = RowSet()
  ) {
    self.route = route
    self.isProjecting = isProjecting
    self.policy = policy
    self.rows = rows
  }

  /// The context of a pass over some rows of the batch.
  func of(_ rows: RowSet) throws -> ForwardContext {
    var chosen = self
    chosen.rows = rows.alone
    chosen.route = try route?.choosing(rows)
    return chosen
  }

  /// Offers a piece of work to the policy; without a policy, computes it.
  ///
  /// - Parameter probe: see ``Work/probe``; by default the input.
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
