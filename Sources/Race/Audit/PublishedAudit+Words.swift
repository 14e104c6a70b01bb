import Diagnostics

extension PublishedAudit {
  /// The audit in words, the verdict first. Every factor is given with its unit, metric, target and
  /// guidance.
  public func lines(_ claim: Claim) -> [String] {
    var lines = [
      claim.statement, "claimed: \(claim.claimedWords)", "source: \(claim.source)", "",
      "verdict: \(verdict.words)",
    ]
    if case .refused(let reasons) = verdict {
      lines += reasons.map { "  \($0.rawValue): \($0.meaning)" }
    }
    lines += [
      "  from published figures alone, which are single runs: exploratory, \(Refusal.quoted.rawValue); "
        + "nothing was run here"
    ]
    if let published = claim.published { lines += [""] + figures(published, claim) }
    lines += list("what the sources say", claim.findings)
    lines += list("not counted by the claimant", claim.omitted)
    lines += list(
      "on a small machine",
      ["can be run: \(claim.here.can)", "cannot: \(claim.here.cannot)"])
    return lines.flatMap(Self.wrapped)
  }

  /// Wraps a line at 100 characters, with continuation lines indented.
  static func wrapped(_ line: String) -> [String] {
    let indent = String(line.prefix { " -".contains($0) })
    let later = String(repeating: " ", count: indent.count + (indent.contains("-") ? 0 : 2))
    var lines: [String] = []
    var current = indent
    var isFirst = true
    for word in line.dropFirst(indent.count).split(separator: " ") {
      if !isFirst, current.count + 1 + word.count > 100 {
        lines.append(current)
        current = later + word
      } else {
        current += (isFirst ? "" : " ") + word
      }
      isFirst = false
    }
    return lines + [current]
  }

  private func figures(_ published: PublishedFigures, _ claim: Claim) -> [String] {
    let conditions =
      "\(published.unit), \(published.metric), \(claim.claimed.guidanceWords), n = 1 run each, no interval"
    var lines = [
      "\(published.new.name) against \(published.baseline.name), in \(conditions):"
    ]
    lines += points.map { point in
      let mark = point.target == claim.claimed.target ? " (the claimed target)" : ""
      return "  at \(Readable.number(point.target)): \(Verdict.factor(point.speedup))\(mark)"
    }
    if points.isEmpty { lines.append("  no value that both were seen to reach") }
    if let finalSlope {
      let noise = costOfNoise.map {
        ", so \(Verdict.digits(Self.metricNoise * 100)) % of the metric, which another seed alone can "
          + "make, is \(Verdict.digits($0 * 100)) % of the cost"
      }
      lines.append(
        "  the baseline's slope at its end is \(Verdict.digits(finalSlope)) per e-fold of cost"
          + (noise ?? ": it does not improve any more"))
    }
    if let parts {
      lines.append(
        "  the claimed factor is \(Verdict.factor(parts.fewerSteps)) in steps; each takes "
          + "\(Verdict.digits(1 / parts.fasterSteps)) of a baseline step's time, so "
          + "\(Verdict.factor(parts.time)) in time")
    }
    return lines
  }

  private func list(_ title: String, _ items: [String]) -> [String] {
    items.isEmpty ? [] : ["", "\(title):"] + items.map { "  - \($0)" }
  }
}

extension Claim {
  /// The claim, in one line.
  public var claimedWords: String {
    let factor = claimed.factor.map { "\(Verdict.factor($0)) in \(claimed.unit.words)" }
    let target = claimed.target.map { "at \(claimed.metric) \(Readable.number($0))" }
    return [
      factor ?? "no ratio of costs", target ?? "by \(claimed.metric), no target defined",
      claimed.guidanceWords, claimed.protocolText,
    ].joined(separator: ", ")
  }
}

extension Claim.Claimed {
  var guidanceWords: String { guidance == "none" ? "unguided" : "guided: \(guidance)" }
}

extension Claim.Unit {
  /// The name for people.
  public var words: String {
    switch self {
    case .undefined: "a unit that is not said"
    case .gpuHours: "GPU hours"
    case .wallClock: "wall-clock time"
    case .flops: "FLOPs"
    case .steps, .images, .quality: rawValue
    }
  }
}
