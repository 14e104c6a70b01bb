import Models
import Tensors

/// Carries out the decisions of a ``CachePolicy``. It holds the cached tensors, gathers and
/// scatters rows, counts the cost and records a trace.
///
/// Each row of a batch has its own cache; the predictions that guidance combines for a picture
/// share one decision. If every picture is computed, samples equal those of the plain sampler bit
/// for bit.
public final class CachedExecution: StepPolicy {
  /// What is stored for a row when it is computed.
  private struct Anchor {
    /// The probe, `[1, tokens, width]`.
    let probe: Tensor
    /// Output minus input of the cached work, `[1, tokens, width]`.
    let residual: Tensor
  }

  /// What was done at one evaluation.
  public struct Entry: Sendable {
    /// The evaluation.
    public let slot: CacheSlot
    /// The drift of each picture.
    public let drifts: [Drift]
    /// What was done for each picture.
    public let decisions: [CacheDecision]
  }

  private var policy: any CachePolicy
  private var anchors: [RowID: Anchor] = [:]
  private var evaluation = NetworkEvaluation(index: 0, time: 1, rows: [])
  /// Every evaluation so far.
  public private(set) var trace: [Entry] = []
  /// The cost of the backbone's blocks: with everything computed, and what the caches saved of it.
  public private(set) var cost = CacheCost()

  /// Creates an execution for one request; caches are not kept beyond it.
  public init(_ policy: any CachePolicy) { self.policy = policy }

  /// Stores the evaluation. The first one of a trajectory clears the caches.
  public func begin(_ evaluation: NetworkEvaluation) {
    if evaluation.index == 0 { anchors = [:] }
    self.evaluation = evaluation
  }

  /// Computes the pictures that the policy chooses and answers the rest from the caches.
  public func output(of work: Work) throws -> Tensor {
    if work.site == .stack { cost.full += work.flops * Double(work.rows.ids.count) }
    guard work.site == policy.site else { return try work.compute(work.rows) }
    let input = try work.input()
    let probe = try work.probe()
    let pictures = Pictures(work.rows.ids)
    let drifts = try pictures.all.map { try drift(of: $0, in: pictures, probe) }
    let slot = CacheSlot(index: evaluation.index, time: evaluation.time, pictures: pictures.all)
    let decisions = zip(policy.decide(slot, drifts), drifts).map { decision, drift in
      drift == .unknown ? .compute : decision
    }
    let computed = pictures.rows(decisions, .compute)
    let output = try answer(work, input, computed: computed)
    try remember(computed, work.rows.ids, input: input, output: output, probe: probe)
    cost.saved += work.flops * Double(work.rows.ids.count - computed.count)
    policy.observe(slot, decisions)
    trace.append(Entry(slot: slot, drifts: drifts, decisions: decisions))
    return output
  }

  /// Computes the rows `computed`; for the others adds the cached residual to their input.
  private func answer(_ work: Work, _ input: Tensor, computed: [Int]) throws -> Tensor {
    let count = work.rows.ids.count
    guard computed.count < count else { return try work.compute(work.rows) }
    let width = input.shape[2]
    let zero = try Tensor.zeros(
      [1, input.shape[1], width], dtype: input.dtype, device: input.device)
    let wanted = Set(computed)
    let residuals = work.rows.ids.enumerated().map { row, id in
      wanted.contains(row) ? zero : anchors[id]?.residual ?? zero
    }
    let reused = try input + Tensor.concatenated(residuals, dim: 0)
    guard !computed.isEmpty else { return reused }
    let rows = try work.rows.choosing(computed, on: input.device)
    return try rows.replacing(in: reused, with: work.compute(rows))
  }

  private func remember(
    _ computed: [Int], _ ids: [RowID], input: Tensor, output: Tensor, probe: Tensor
  ) throws {
    guard !computed.isEmpty else { return }
    let added = try output - input
    for row in computed {
      anchors[ids[row]] = Anchor(
        probe: try probe.sliced(0, row..<row + 1), residual: try added.sliced(0, row..<row + 1))
    }
  }

  private func drift(of picture: Int, in pictures: Pictures, _ probe: Tensor) throws -> Drift {
    var (distance, magnitude) = (0.0, 0.0)
    for (row, id) in pictures.members(of: picture) {
      let mine = try probe.sliced(0, row..<row + 1)
      guard let anchor = anchors[id], anchor.probe.shape == mine.shape else { return .unknown }
      distance += try (mine - anchor.probe).to(.float32).magnitude().mean().item()
      magnitude += try anchor.probe.to(.float32).magnitude().mean().item()
    }
    return magnitude > 0 ? .relative(distance / magnitude) : .unknown
  }
}

/// Floating-point operations of the blocks, over all pictures and evaluations.
public struct CacheCost: Equatable, Sendable {
  /// The cost if every block of every evaluation is computed.
  public internal(set) var full = 0.0
  /// The part of it that the caches saved.
  public internal(set) var saved = 0.0

  /// Creates a cost of zero.
  public init() {}

  /// The share of the full cost that was computed; 1 before the first evaluation.
  public var share: Double { full > 0 ? 1 - saved / full : 1 }
}

/// The rows of a batch, grouped by picture.
private struct Pictures {
  /// The pictures, in the order of their first rows.
  let all: [Int]
  private let ids: [RowID]

  init(_ ids: [RowID]) {
    self.ids = ids
    var seen = Set<Int>()
    all = ids.map(\.picture).filter { seen.insert($0).inserted }
  }

  func members(of picture: Int) -> [(row: Int, id: RowID)] {
    ids.enumerated().filter { $0.element.picture == picture }.map { ($0.offset, $0.element) }
  }

  /// The rows of the pictures with the decision `wanted`, ascending.
  func rows(_ decisions: [CacheDecision], _ wanted: CacheDecision) -> [Int] {
    let chosen = Set(zip(all, decisions).filter { $1 == wanted }.map(\.0))
    return ids.indices.filter { chosen.contains(ids[$0].picture) }
  }
}
