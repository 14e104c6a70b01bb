import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Race

@Suite struct PublishedAuditTests {
  static let tread = """
    name: tread-37x
    statement: TREAD trains DiT-XL/2 37 times faster.
    source: arXiv 2501.04765v3
    claimed:
      factor: 37
      unit: gpu-hours
      metric: FID-50k
      target: 9.63
      guidance: none
      protocol: ImageNet 256
    findings: [The factor is read off the flat tail of one run.]
    omitted: [dense fine-tuning]
    published:
      unit: A100 hours
      metric: FID-50k
      step_time_ratio: 1.64
      baseline:
        name: DiT-XL/2
        points: [{cost: 241, value: 19.47}, {cost: 1410, value: 10.67}, {cost: 4203, value: 9.62}]
      new:
        name: DiT-XL/2 with TREAD
        points:
          - {cost: 55, value: 22.2}
          - {cost: 74, value: 16.6}
          - {cost: 92, value: 12.2}
          - {cost: 114, value: 9.7}
          - {cost: 147, value: 7.38}
    here: {scale: small, can: a scaled-down race, cannot: DiT-XL/2}
    """

  /// The figures of the worked audit, computed by hand from the same chart.
  @Test func treadsWorkedExample() throws {
    let claim = try Claim(yaml: Self.tread, origin: "tread.yaml")
    let audit = try PublishedAudit(claim)
    #expect(audit.points.map(\.target) == [19.47, 16.6, 12.2, 10.67, 9.7, 9.63, 9.62])
    #expect(abs(try #require(audit.finalSlope) - 0.095) < 0.001)
    #expect(abs(try #require(audit.costOfNoise) - 0.137) < 0.002)
    #expect(abs(try #require(audit.parts).fewerSteps - 22.56) < 0.01)
    guard case .dependsOnTarget(let low, let high) = audit.verdict else {
      Issue.record("\(audit.verdict)")
      return
    }
    #expect(abs(low - 3.83) < 0.01 && abs(high - 36.6) < 0.1)
    #expect(audit.verdict.words == "depends on target (3.8x to 37x)")
    #expect(audit.verdict.standing == .undecided)
  }

  /// Speed-ups at other targets of the same chart, as the worked audit has them.
  @Test(arguments: [
    (17, 5.0), (15, 6.5), (13, 9.0), (11, 12.7), (10.67, 13.5), (10, 25), (9.63, 37),
  ])
  func speedupByTarget(target: Double, speedup: Double) throws {
    var claim = try Claim(yaml: Self.tread, origin: "tread.yaml")
    claim.claimed.target = target
    let found = try #require(try PublishedAudit(claim).atClaimedTarget)
    #expect(abs(found / speedup - 1) < 0.025, "\(found)")
  }

  /// A factor in steps is another one in time, by the teacher's passes.
  @Test func aFactorInStepsIsAnotherOneInTime() throws {
    var claim = try Claim(yaml: Self.tread, origin: "")
    (claim.claimed.unit, claim.claimed.factor) = (.steps, 17.5)
    claim.published?.stepTimeRatio = 0.756
    let parts = try #require(try PublishedAudit(claim).parts)
    #expect(parts.fewerSteps == 17.5 && abs(parts.time - 13.23) < 0.01)
    claim.claimed.unit = .undefined
    #expect(try PublishedAudit(claim).parts == nil)
  }

  /// Nothing was run, so even a factor that is the same everywhere stays exploratory.
  @Test func oneRatioEverywhereIsStillNoEvidence() throws {
    var claim = try Claim(yaml: Self.tread, origin: "")
    let baseline = try #require(claim.published).baseline.points
    claim.published?.new.points = baseline.map { .init(cost: $0.cost / 2, value: $0.value) }
    claim.claimed.target = nil
    let audit = try PublishedAudit(claim)
    #expect(audit.points.allSatisfy { abs($0.speedup - 2) < 1e-9 })
    #expect(audit.verdict == .exploratory)
  }

  @Test func noCommonQualityIsNoNumber() throws {
    var claim = try Claim(yaml: Self.tread, origin: "")
    claim.published?.new.points = [.init(cost: 1, value: 40), .init(cost: 2, value: 30)]
    #expect(try PublishedAudit(claim).verdict == .refused([.quoted, .extrapolation]))
    claim.published = nil
    #expect(try PublishedAudit(claim).verdict == .refused([.quoted]))
    #expect(try PublishedAudit(claim).verdict.standing == .refused)
  }

  /// Every line with a factor of the figures stands below one that names unit, metric, guidance and n.
  @Test func noBareFactor() throws {
    let claim = try Claim(yaml: Self.tread, origin: "")
    let text = try PublishedAudit(claim).lines(claim).joined(separator: "\n")
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("37x in GPU hours, at FID-50k 9.63, unguided"))
    #expect(
      text.contains(
        "in A100 hours, FID-50k, unguided, n = 1 run each, no interval: at 19.47: 3.8x"))
    #expect(text.contains("at 9.63: 36x (the claimed target)"))
    #expect(
      text.contains("1.3 % of the metric, which another seed alone can make, is 14 % of the cost"))
    #expect(
      text.contains("23x in steps; each takes 0.61 of a baseline step's time, so 37x in time"))
    #expect(text.contains("E-QUOTE"))
  }

  @Test(arguments: [
    ("factor: 37", "factr: 37", "the unknown key `claimed.factr`"),
    ("unit: gpu-hours", "unit: hours", "`claimed.unit`"),
    ("name: tread-37x", "title: x", "no `name`"),
    ("{cost: 1410, value: 10.67}", "{cost: 141, value: 10.67}", "rising in cost"),
    ("{cost: 1410, value: 10.67}", "{cost: 1410, value: -1}", "all numbers above 0"),
    ("omitted: [", "omitted: {", "not YAML"),
  ])
  func aWrongFileIsExplained(right: String, wrong: String, message: String) {
    let text = Self.tread.replacing(right, with: wrong)
    let error = #expect(throws: PeregrineError.self) { try Claim(yaml: text, origin: "claim.yaml") }
    #expect("\(error!)".contains(message), "\(error!)")
    #expect(error?.code == .usage)
  }

  /// Every claim that comes with the package is readable, bears its file's name, and can be audited.
  @Test func theClaimsThatComeAlong() throws {
    let folder = SharedFolder.packageRoot.appendingPathComponent("claims")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    )
    .filter { $0.pathExtension == "yaml" }
    #expect(files.count >= 9)
    for file in files {
      let claim = try Claim(file: file)
      #expect(claim.name == file.deletingPathExtension().lastPathComponent)
      #expect(!claim.findings.isEmpty && !claim.here.cannot.isEmpty)
      #expect(try PublishedAudit(claim).verdict.standing != .supported)
    }
  }

  /// Dashes alone were taken for the indent, so a line of them never ended.
  @Test func wordsOfDashesAreWrappedToo() {
    let lines = PublishedAudit.wrapped("a" + String(repeating: " -", count: 1_000))
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(lines.joined(separator: " ").count { $0 == "-" } == 1_000)
    let dashes = PublishedAudit.wrapped("- a " + String(repeating: "- ", count: 100))
    #expect(dashes.first?.hasPrefix("- a - -") == true && dashes.allSatisfy { $0.count <= 100 })
  }
}
