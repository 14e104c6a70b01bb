import Diagnostics
import FileAccess
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Telemetry

/// Collects what a sink reports.
final class Failures: Sendable {
  private let errors = Mutex<[PeregrineError]>([])
  var all: [PeregrineError] { errors.withLock { $0 } }
  func report(_ error: PeregrineError) { errors.withLock { $0.append(error) } }
}

/// A disk that can be full.
private final class Disk: Sendable {
  let isFull = Mutex(false)
}

@Suite struct MetricsLogTests {
  let folder: TemporaryFolder
  let url: URL
  init() throws {
    folder = try TemporaryFolder()
    url = folder.url.appendingPathComponent("metrics.jsonl")
  }

  private func record(_ images: Int) -> MetricRecord {
    MetricRecord(kind: .train, images: images, step: images / 64, loss: 1 / Double(images))
  }

  private func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }

  @Test func lineHoldsOnlyWhatIsKnownInSnakeCase() throws {
    let log = try MetricsLog(url: url)
    log.append(
      MetricRecord(
        kind: .train, images: 640, step: 10, loss: 0.5, terms: ["velocityLoss": 0.5],
        gradientNorm: 1.5, timeBins: [0.25, nil]))
    log.append(
      MetricRecord(
        kind: .score, images: 640, step: 10, name: "kid", value: 0.1, low: 0, high: 1, count: 500,
        protocolRecord: ["features": "a/b"]))
    #expect(
      try text() == """
        {"gradient_norm":1.5,"images":640,"kind":"train","loss":0.5,"step":10,\
        "terms":{"velocityLoss":0.5},"time_bins":[0.25,null]}
        {"count":500,"high":1,"images":640,"kind":"score","low":0,"name":"kid",\
        "protocol":{"features":"a/b"},"step":10,"value":0.1}

        """)
  }

  @Test func roundTripsEveryField() throws {
    let full = MetricRecord(
      kind: .score, images: 1, step: 2, loss: 0.1, terms: ["a": 0.2], gradientNorm: 0.3,
      learningRate: 1e-4, imagesPerSecond: 512.25, trainSeconds: 12.5, memoryBytes: 1 << 40,
      timeBins: [nil, 0.5], file: "samples/1.png", name: "fid", value: 3, low: 2, high: 4, count: 5,
      protocolRecord: ["k": "v"], text: "\"quoted\"\nlines é")
    let log = try MetricsLog(url: url)
    log.append(full)
    log.append(record(64))
    #expect(try MetricsLog.read(url) == [full, record(64)])
  }

  @Test func nonFiniteNumbersSurvive() throws {
    let log = try MetricsLog(url: url)
    log.append(
      MetricRecord(
        kind: .train, images: 1, step: 1, loss: .nan, gradientNorm: .infinity,
        timeBins: [-.infinity]))
    let back = try #require(try MetricsLog.read(url).first)
    #expect(back.loss?.isNaN == true)
    #expect(back.gradientNorm == .infinity)
    #expect(back.timeBins == [-.infinity])
  }

  @Test func resumeDropsWhatComesLater() throws {
    let first = try MetricsLog(url: url)
    for images in stride(from: 64, through: 640, by: 64) { first.append(record(images)) }
    let second = try MetricsLog(url: url, keepingThrough: 320)
    second.append(record(384))
    #expect(try MetricsLog.read(url).map(\.images) == [64, 128, 192, 256, 320, 384])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["metrics.jsonl"])
  }

  @Test func resumeWithNothingToDropKeepsTheBytes() throws {
    // A field of a later version and unusual spacing: lines that stay are not rewritten.
    let lines = "{ \"kind\":\"note\", \"images\":1, \"step\":1, \"mood\":\"good\" }\n"
    try Data(lines.utf8).write(to: url)
    _ = try MetricsLog(url: url, keepingThrough: 1)
    #expect(try text() == lines)
  }

  @Test(arguments: ["{\"images\":128,\"ki", "{", "\0\0\0\0"])
  func tornLastLineIsIgnoredAndRepaired(torn: String) throws {
    let log = try MetricsLog(url: url)
    log.append(record(64))
    try Data((text() + torn).utf8).write(to: url)
    #expect(try MetricsLog.read(url) == [record(64)])
    let resumed = try MetricsLog(url: url)
    resumed.append(record(128))
    #expect(try MetricsLog.read(url) == [record(64), record(128)])
    #expect(try text().hasSuffix("}\n"))
  }

  @Test func wholeLastLineWithoutLineFeedCounts() throws {
    try Data(#"{"kind":"note","images":5,"step":1}"#.utf8).write(to: url)
    let log = try MetricsLog(url: url, keepingThrough: 5)
    log.append(record(64))
    #expect(try MetricsLog.read(url).map(\.images) == [5, 64])
  }

  @Test func otherDamageIsNamedByItsLine() throws {
    let log = try MetricsLog(url: url)
    log.append(record(64))
    try Data((text() + "{\"kind\":\"trian\",\"images\":1,\"step\":1}\n").utf8).write(to: url)
    for attempt in 0..<2 {
      let error = #expect(throws: PeregrineError.self) {
        if attempt == 0 { _ = try MetricsLog.read(url) } else { _ = try MetricsLog(url: url) }
      }
      #expect(error?.code == .badData)
      #expect(error?.found.hasPrefix("a damaged line 2: `{\"kind\":\"trian\"") == true)
    }
  }

  @Test func missingFileIsMissingInput() {
    let error = #expect(throws: PeregrineError.self) { try MetricsLog.read(url) }
    #expect(error?.code == .missingInput)
  }

  @Test func fullDiskIsReportedOnceAndThenWhatWasLost() throws {
    let failures = Failures()
    let log = try MetricsLog(
      url: URL(fileURLWithPath: "/dev/full"), keepingThrough: 64, onFailure: failures.report)
    for images in 1...3 { log.append(record(images)) }
    #expect(failures.all.count == 1)
    #expect(failures.all.first?.code == .io)
    #expect(failures.all.first?.found.contains("full disk") == true)
    log.close()
    #expect(failures.all.count == 2)
    #expect(failures.all.last?.advice.contains("3 records are lost") == true)
  }

  @Test func whatDidNotFitIsWrittenOnceThereIsRoom() throws {
    let failures = Failures()
    let disk = Disk()
    let file = try AppendingFile(
      url,
      write: { data, descriptor throws(SystemCallFailure) in
        guard disk.isFull.withLock({ $0 }) else { return try writeAll(data, to: descriptor) }
        // Half of it still fits.
        try writeAll(data.prefix(data.count / 2), to: descriptor)
        throw SystemCallFailure(number: ENOSPC)
      }, onFailure: failures.report)
    let log = MetricsLog(file)
    log.append(record(64))
    disk.isFull.withLock { $0 = true }
    log.append(record(128))
    log.append(record(192))
    #expect(try MetricsLog.read(url) == [record(64)])
    #expect(try text().hasSuffix("\n"))
    disk.isFull.withLock { $0 = false }
    log.append(record(256))
    log.close()
    #expect(try MetricsLog.read(url).map(\.images) == [64, 128, 192, 256])
    #expect(failures.all.count == 1)
  }

  @Test func aChangeBeforeTheMarkIsNoticed() throws {
    let log = try MetricsLog(url: url)
    log.append(record(64))
    let mark = log.mark
    log.append(record(128))
    #expect(try MetricsLog.salvage(url, since: mark).damage == nil)
    #expect(try MetricsLog(url: url, keepingThrough: 64).mark == mark)
    try Data(text().replacing("64", with: "63").utf8).write(to: url)
    #expect(try MetricsLog.salvage(url, since: mark).damage != nil)
  }

  @Test func damagedLinesCanBeDropped() throws {
    let log = try MetricsLog(url: url)
    log.append(record(64))
    try Data((text() + "{\"kind\":\"trian\"}\n").utf8).write(to: url)
    MetricsLog(try AppendingFile(url) { _ in }).append(record(128))
    let contents = try MetricsLog.salvage(url)
    #expect(contents.records == [record(64), record(128)])
    #expect(contents.damage?.found.contains("line 2") == true)
    _ = try MetricsLog(url: url, dropsDamage: true)
    #expect(try MetricsLog.read(url) == [record(64), record(128)])
  }

  @Test func unwritableFolderThrows() {
    let nowhere = folder.url.appendingPathComponent("nowhere/metrics.jsonl")
    let error = #expect(throws: PeregrineError.self) { try MetricsLog(url: nowhere) }
    #expect(error?.code == .io)
  }
}
