import CachePolicies
import Diagnostics
import Models
import Tensors

/// Carries out the decisions of a ``CachePolicy``. It holds the cached tensors, gathers and scatters
/// rows, counts the cost and records a trace.
///
/// Each picture has its own copy of the policy, and each row of a batch its own cache; the
/// predictions that guidance combines for a picture share one decision, as do the stages of a
/// solver's step. If every picture is computed, samples equal those of the plain sampler bit for
/// bit.
public final class CachedExecution: StepPolicy {
  private let configuration: CacheConfiguration
  private var plan = CachePlan(times: [], depth: 0)
  private var policies: [Int: any CachePolicy] = [:]
  private var probes: ProbeRecord
  /// The caches of each stage of a solver's step: stages of neighbouring steps may share a time.
  private var stages: [Int: StageCaches] = [:]
  /// The step's decisions, by picture.
  private var decisions: [Int: CacheDecision] = [:]
  private var readings: [Int: CacheReading] = [:]
  private var evaluation = NetworkEvaluation(index: 0, time: 1, rows: [])
  /// Whether everything is computed, to measure the error of a forecast.
  private var isExact = false
  private var errors: [Int: Double] = [:]

  /// What was done for every picture at every step so far.
  public private(set) var trace: [CacheTraceEntry] = []
  /// The cost of the backbone's blocks: with everything computed, and what the caches saved of it.
  public private(set) var cost = CacheCost()

  /// Creates an execution; caches are not kept beyond a trajectory.
  public init(_ configuration: CacheConfiguration) {
    self.configuration = configuration
    probes = ProbeRecord(configuration.policy.measures)
  }

  // MARK: The trajectory

  /// Forgets everything of the trajectory before.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a site that the network does not have.
  public func start(_ trajectory: SamplingTrajectory) throws {
    try configuration.check(depth: trajectory.depth)
    plan = CachePlan(times: trajectory.times, depth: trajectory.depth)
    policies = [:]
    stages = [:]
    decisions = [:]
    probes = ProbeRecord(configuration.policy.measures)
  }

  /// Notes the evaluation, and starts the policies of pictures that are new.
  ///
  /// - Throws: ``PeregrineError`` `.usage` if a picture occurs twice, because its rows would share a
  ///   cache, and for a plan that the policy cannot serve.
  public func begin(_ evaluation: NetworkEvaluation) throws {
    guard Set(evaluation.rows).count == evaluation.rows.count else {
      throw PeregrineError(
        .usage, doing: "sampling with caches", found: "one picture twice in a batch",
        expected: "different indices")
    }
    self.evaluation = evaluation
    errors = [:]
    for id in evaluation.rows where policies[id.picture] == nil {
      var policy = configuration.policy
      try policy.begin(plan)
      policies[id.picture] = policy
    }
    if stages[evaluation.stage] == nil {
      stages[evaluation.stage] = StageCaches(configuration.forecast)
    }
  }

  /// Computes the pictures that are decided to be full, and forecasts the others.
  public func output(of work: Work) throws -> Tensor {
    if work.site == .stack { return try evaluate(work) }
    if work.site == configuration.probedSite { try decide(work) }
    if isExact { return try work.compute(work.rows) }
    if configuration.site.holds(work.site) { return try answer(work) }
    if work.site == .block(plan.depth - 1) { return try check(work) }
    return try work.compute(work.rows)
  }

  /// Runs all blocks.
  private func evaluate(_ work: Work) throws -> Tensor {
    cost.full += work.flops * Double(work.rows.ids.count)
    if configuration.probedSite == .stack { try decide(work) }
    var output =
      configuration.site == .stack ? try answer(work) : try work.compute(work.rows)
    let rejected = rejectedPictures()
    if !rejected.isEmpty {
      let rows = work.rows.ids.indices.filter { rejected.contains(work.rows.ids[$0].picture) }
      for picture in rejected { decisions[picture] = .full(.risk) }
      // What the forecast saved has been computed after all, besides its own cost.
      cost.saved -= work.flops * Double(rows.count)
      let chosen = try work.rows.choosing(rows, on: output.device)
      output = try chosen.replacing(in: output, with: work.compute(chosen))
    }
    end(work.rows.ids)
    return output
  }

  private var place: Double {
    configuration.clock == .steps ? Double(evaluation.step) : evaluation.time
  }

  // MARK: Decisions

  /// Asks the policy of each picture, once per step.
  private func decide(_ work: Work) throws {
    guard evaluation.stage == 0 else { return }
    let ids = work.rows.ids
    let pictures = PictureRows(ids)
    let needsProbe = !configuration.policy.measures.isEmpty
    let probe = needsProbe ? try work.probe() : nil
    let found = try probe.map {
      try probes.read($0, ids, pictures: pictures.rows, at: place)
    }
    decisions = [:]
    for (index, picture) in pictures.all.enumerated() {
      let reading = found?[index] ?? CacheReading()
      readings[picture] = reading
      decisions[picture] = policies[picture]?.decide(evaluation.step, reading) ?? .full(.noAnchor)
    }
    if configuration.synchronizesBatch, let full = decisions.values.first(where: \.isFull) {
      for picture in pictures.all where decisions[picture]?.isFull == false {
        decisions[picture] = full
      }
    }
    for (picture, rows) in zip(pictures.all, pictures.rows)
    where decisions[picture]?.isFull == false && !hasAnchors(rows.map { ids[$0] }) {
      decisions[picture] = .full(.noAnchor)
    }
    if let probe {
      let full = ids.indices.filter { isFull(ids[$0]) }
      try probes.keep(probe, ids, full: full, at: place)
    }
  }

  private func hasAnchors(_ ids: [RowID]) -> Bool {
    ids.allSatisfy { stages[evaluation.stage]?.hasAnchor($0) == true }
  }

  /// Whether a row is computed at this evaluation: as decided, or because it has nothing to forecast
  /// from.
  private func isFull(_ id: RowID) -> Bool {
    decisions[id.picture]?.isFull != false || !hasAnchors([id])
  }

  // MARK: Answers

  /// Computes the full rows and forecasts the others.
  private func answer(_ work: Work) throws -> Tensor {
    let ids = work.rows.ids
    let full = ids.indices.filter { isFull(ids[$0]) }
    cost.saved += work.flops * Double(ids.count - full.count)
    let whole = try work.input()
    let input = configuration.site.storesResidual ? whole : nil
    guard full.count < ids.count else {
      let output = try work.compute(work.rows)
      try remember(work.site, ids, output: output, input: input)
      return output
    }
    let cached = ids.indices.filter { !isFull(ids[$0]) }
    let rows = try work.rows.choosing(cached, on: whole.device)
    let forecast = try stages[evaluation.stage]?.forecast(
      work.site, cached.map { ids[$0] }, at: place, base: input.map { try rows.of($0) })
    guard let forecast else { return try work.compute(work.rows) }
    guard !full.isEmpty else { return forecast }
    let chosen = try work.rows.choosing(full, on: whole.device)
    let fresh = try work.compute(chosen)
    try remember(
      work.site, full.map { ids[$0] }, output: fresh, input: input.map { try chosen.of($0) })
    return try merge(fresh, full, forecast, cached, count: ids.count)
  }

  private func remember(_ site: ComputationSite, _ ids: [RowID], output: Tensor, input: Tensor?)
    throws
  {
    guard configuration.policy.mayForecast else { return }
    try stages[evaluation.stage]?.put(site, ids, try input.map { try output - $0 } ?? output)
  }

  /// The rows of two tensors in the order of the batch.
  private func merge(
    _ first: Tensor, _ firstRows: [Int], _ second: Tensor, _ secondRows: [Int], count: Int
  ) throws -> Tensor {
    var source = [Int64](repeating: 0, count: count)
    for (place, row) in (firstRows + secondRows).enumerated() { source[row] = Int64(place) }
    return try Tensor.concatenated([first, second], dim: 0)
      .selecting(0, Tensor(source, shape: [count], device: first.device))
  }

  // MARK: Checked forecasts

  /// Runs the last block, and computes it exactly as well for the pictures whose forecast is checked.
  private func check(_ work: Work) throws -> Tensor {
    let output = try work.compute(work.rows)
    let ids = work.rows.ids
    let checked = ids.indices.filter { !isFull(ids[$0]) && isChecked(ids[$0].picture) }
    guard evaluation.stage == 0, !checked.isEmpty else { return output }
    isExact = true
    defer { isExact = false }
    let rows = try work.rows.choosing(checked, on: output.device)
    let exact = try work.compute(rows)
    cost.saved -= work.flops * Double(checked.count)
    let found = try rows.of(output)
    let relative = try ((found - exact).magnitude() / (exact.magnitude() + 1e-10)).to(.float32)
    let means = try relative.mean(Array(1..<relative.shape.count)).scalars(Double.self)
    let named = PictureRows(checked.map { ids[$0] })
    for (picture, members) in zip(named.all, named.rows) {
      errors[picture] = members.reduce(0) { $0 + means[$1] } / Double(members.count)
    }
    return output
  }

  private func isChecked(_ picture: Int) -> Bool {
    if case .checkedForecast = decisions[picture]?.action { return true }
    return false
  }

  /// The pictures whose checked forecast is worse than its limit.
  private func rejectedPictures() -> Set<Int> {
    Set(
      errors.compactMap { picture, error in
        guard case .checkedForecast(let limit?) = decisions[picture]?.action, !(error <= limit)
        else { return nil }
        return picture
      })
  }

  // MARK: The end of an evaluation

  private func end(_ ids: [RowID]) {
    let full = Set(ids.filter(isFull))
    let weights = stages[evaluation.stage]?.usedWeights ?? [:]
    stages[evaluation.stage]?.advance(full: ids.filter(full.contains), all: ids, at: place)
    guard evaluation.stage == 0 else { return }
    for picture in PictureRows(ids).all {
      let rows = ids.filter { $0.picture == picture }
      let isFull = rows.allSatisfy(full.contains)
      policies[picture]?.observe(
        evaluation.step, CacheOutcome(isFull: isFull, error: errors[picture]))
      trace.append(
        CacheTraceEntry(
          step: evaluation.step, time: evaluation.time, picture: picture, isFull: isFull,
          reason: decisions[picture]?.reason ?? .noAnchor,
          order: isFull ? nil : rows.compactMap { weights[$0] }.map { $0 - 1 }.min(),
          reading: readings[picture] ?? CacheReading(), error: errors[picture]))
    }
  }
}

/// The rows of a batch, grouped by picture.
struct PictureRows {
  /// The pictures, in the order of their first rows.
  let all: [Int]
  /// The rows of each picture, ascending.
  let rows: [[Int]]

  init(_ ids: [RowID]) {
    var seen: [Int: Int] = [:]
    var (all, rows) = ([Int](), [[Int]]())
    for (row, id) in ids.enumerated() {
      if let place = seen[id.picture] {
        rows[place].append(row)
      } else {
        seen[id.picture] = all.count
        all.append(id.picture)
        rows.append([row])
      }
    }
    (self.all, self.rows) = (all, rows)
  }
}
