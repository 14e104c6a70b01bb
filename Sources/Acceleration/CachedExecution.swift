import Diagnostics
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
  ///
  /// - Throws: ``PeregrineError`` `.usage` if a picture occurs twice, because its rows would share a
  ///   cache.
  public func begin(_ evaluation: NetworkEvaluation) throws {
    guard Set(evaluation.rows).count == evaluation.rows.count else {
      throw PeregrineError(
        .usage, doing: "sampling with caches", found: "one picture twice in a batch",
        expected: "different indices")
    }
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
    let drifts = try drifts(of: pictures, work.rows.ids, probe)
    let slot = CacheSlot(index: evaluation.index, time: evaluation.time, pictures: pictures.all)
    let decisions = try decide(slot, drifts)
    let computed = pictures.rows(decisions, .compute)
    let output = try answer(work, input, computed: computed)
    try remember(computed, work.rows.ids, input: input, output: output, probe: probe)
    cost.saved += work.flops * Double(work.rows.ids.count - computed.count)
    policy.observe(slot, decisions)
    trace.append(Entry(slot: slot, drifts: drifts, decisions: decisions))
    return output
  }

  /// The policy's decisions, except that a picture without a cache is always computed.
  private func decide(_ slot: CacheSlot, _ drifts: [Drift]) throws -> [CacheDecision] {
    let decisions = policy.decide(slot, drifts)
    guard decisions.count == drifts.count else {
      throw PeregrineError(
        .failure, doing: "sampling with caches", found: "\(decisions.count) decisions",
        expected: "one for each of \(drifts.count) pictures")
    }
    return zip(decisions, drifts).map { $1 == .unknown ? .compute : $0 }
  }

  /// Computes the rows `computed`; for the others adds the cached residual to their input.
  private func answer(_ work: Work, _ input: Tensor, computed: [Int]) throws -> Tensor {
    let count = work.rows.ids.count
    guard computed.count < count else { return try work.compute(work.rows) }
    let width = input.shape[2]
    let zero = try Tensor.zeros(
      [1, input.shape[1], width], dtype: input.dtype, device: input.device)
    let wanted = Set(computed)
    let residuals = try work.rows.ids.enumerated().map { row, id in
      if wanted.contains(row) { return zero }
      guard let anchor = anchors[id] else {
        throw PeregrineError(
          .failure, doing: "answering picture \(id.picture) from its cache", found: "no cache")
      }
      return anchor.residual
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
        // Copied, because a slice would keep the tensors of the whole batch in memory.
        probe: try probe.sliced(0, row..<row + 1).clone(),
        residual: try added.sliced(0, row..<row + 1).clone())
    }
  }

  /// How far the probe of each picture moved, in one transfer from the device.
  private func drifts(of pictures: Pictures, _ ids: [RowID], _ probe: Tensor) throws -> [Drift] {
    let rows = try ids.enumerated().map { row, id -> Tensor? in
      let mine = try probe.sliced(0, row..<row + 1)
      guard let anchor = anchors[id]?.probe, anchor.shape == mine.shape else { return nil }
      let distance = try (mine - anchor).to(.float32).magnitude().mean().reshaped([1])
      let magnitude = try anchor.to(.float32).magnitude().mean().reshaped([1])
      return try Tensor.concatenated([distance, magnitude], dim: 0)
    }
    let known = rows.compactMap { $0 }
    var numbers =
      known.isEmpty ? [] : try Tensor.concatenated(known, dim: 0).scalars(Double.self)[...]
    let moved = rows.map { row in
      row == nil ? nil : (distance: numbers.removeFirst(), magnitude: numbers.removeFirst())
    }
    return pictures.all.map { picture in
      let members = pictures.members(of: picture).map { moved[$0] }
      let found = members.compactMap { $0 }
      let magnitude = found.reduce(0) { $0 + $1.magnitude }
      guard found.count == members.count, magnitude > 0 else { return .unknown }
      return .relative(found.reduce(0) { $0 + $1.distance } / magnitude)
    }
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

  /// The rows of a picture.
  func members(of picture: Int) -> [Int] { ids.indices.filter { ids[$0].picture == picture } }

  /// The rows of the pictures with the decision `wanted`, ascending.
  func rows(_ decisions: [CacheDecision], _ wanted: CacheDecision) -> [Int] {
    let chosen = Set(zip(all, decisions).filter { $1 == wanted }.map(\.0))
    return ids.indices.filter { chosen.contains(ids[$0].picture) }
  }
}
