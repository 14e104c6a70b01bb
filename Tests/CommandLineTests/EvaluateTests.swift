import Datasets
import Foundation
import Pictures
import Scores
import TestSupport
import Testing

/// `evaluate` and `compare`, run as a user runs them.
@Suite struct EvaluateTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func succeed(
    _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Tool.Result {
    let result = try Tool.run(arguments, in: folder.url)
    #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
    return result
  }

  private func fail(
    _ arguments: [String], status: Int32, saying parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Tool.run(arguments, in: folder.url)
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, "\(result.output)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(result.errors.contains(part), "\(result.errors)", sourceLocation: sourceLocation)
    }
  }

  /// Writes `count` shapes, darker by `step`, as PNG files.
  private func write(_ name: String, count: Int = 6, step: UInt8 = 0, size: Int = 16) throws {
    let shapes = ShapesDataset(count: count, size: size)
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for index in 0..<count {
      let picture = try shapes.picture(at: index)
      try Picture(
        width: size, height: size, pixels: picture.pixels.map { $0 - min($0, step) }
      ).write(png: url.appendingPathComponent(String(format: "%03d.png", index)))
    }
  }

  /// The one file of scores in a folder, with its page.
  private func written(_ name: String) throws -> (record: ScoreRecord, page: String, json: String) {
    let url = folder.url.appendingPathComponent(name)
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    let json = try #require(names.first { $0.hasSuffix(".json") })
    let page = try #require(names.first { $0.hasSuffix(".html") })
    #expect(names.count == 2)
    return (
      try ScoreRecord(contentsOf: url.appendingPathComponent(json)),
      try String(contentsOf: url.appendingPathComponent(page), encoding: .utf8), "\(name)/\(json)"
    )
  }

  private let paired = ["--against", "real", "--metrics", "ssim,relative_l1", "--cache", "cache"]

  @Test func picturesAgainstPictures() throws {
    try write("real")
    try write("dark", step: 40)
    let result = try succeed(["evaluate", "dark"] + paired + ["--out", "scores"])
    for part in [
      "SSIM", "relative L1", "picture_size", "16 x 16", "standard error over 6 pictures",
    ] {
      #expect(result.output.contains(part), "\(result.output)")
    }
    let (record, page, _) = try written("scores")
    #expect(record.scores.map(\.name) == [.structuralSimilarity, .relativeL1])
    #expect(record.subject["pictures"] == "dark")
    let pairs = try (0..<6).map { index in
      let name = String(format: "%03d.png", index)
      return (
        try Picture(contentsOf: folder.url.appendingPathComponent("dark/\(name)")),
        try Picture(contentsOf: folder.url.appendingPathComponent("real/\(name)"))
      )
    }
    let expected = try pairs.map { try $0.structuralSimilarity(to: $1) }.reduce(0, +) / 6
    #expect(abs(record.scores[0].value - expected) < 1e-12)
    #expect(page.contains("<h1>dark</h1>"))
    #expect(page.contains("against real"))
    #expect(page.matches(of: /<img\b/).count == 2)
    let json = try succeed(["evaluate", "dark"] + paired + ["--json"])
    let fields = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect((fields?["scores"] as? [Any])?.count == 2)
  }

  @Test func recordsAreComparedWithTheirDifference() throws {
    try write("real")
    try write("dark", step: 40)
    try write("darker", step: 60)
    _ = try succeed(["evaluate", "dark"] + paired + ["--out", "a"])
    _ = try succeed(["evaluate", "darker"] + paired + ["--out", "b"])
    let (first, second) = (try written("a"), try written("b"))
    let text = try succeed(["compare", first.json, second.json]).output
    for part in ["first", "second", "difference", "SSIM", "relative L1", "standard error"] {
      #expect(text.contains(part), "\(text)")
    }
    let json = try succeed(["compare", first.json, second.json, "--json"]).output
    let fields =
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: [String: Any]]
    let difference = second.record.scores[1].value - first.record.scores[1].value
    #expect(difference > 0)
    #expect(fields?["relative_l1"]?["value"] as? Double == difference)
    #expect(fields?["relative_l1"]?["error_meaning"] is String)
  }

  @Test func unlikeProtocolsAreRefusedByName() throws {
    try write("real")
    try write("dark", step: 40)
    _ = try succeed(["evaluate", "dark"] + paired + ["--out", "a"])
    _ = try succeed(["evaluate", "dark"] + paired + ["--count", "5", "--out", "b"])
    let (first, second) = (try written("a").json, try written("b").json)
    try fail(
      ["compare", first, second], status: 64, saying: ["unlike protocols (pictures: 5 against 6)"])
    let varied = try succeed(["compare", first, second, "--varying", "pictures"])
    #expect(varied.output.contains("SSIM"))
    try fail(["compare", first, "none.json"], status: 66, saying: ["none.json"])
    try Data("{}".utf8).write(to: folder.url.appendingPathComponent("other.json"))
    try fail(
      ["compare", first, "other.json"], status: 65, saying: ["other.json", "format_version"])
  }

  @Test func aRunIsScoredAndNothingIsDrawnTwice() throws {
    _ = try succeed(tinyTraining + ["--out", "run"])
    let evaluate = [
      "evaluate", "run", "--against", "shapes:12", "--metrics", "relative_l1", "--count", "10",
      "--steps", "2", "--solver", "euler", "--cache", "cache",
    ]
    let first = try succeed(evaluate)
    #expect(first.errors.contains("Drawing pictures"))
    let scores = folder.url.appendingPathComponent("run/scores")
    let sets = try FileManager.default.contentsOfDirectory(atPath: scores.path)
    #expect(sets.count == 1)
    let set = try #require(sets.first)
    #expect(set.hasPrefix("0000000080-"))
    let drawn = scores.appendingPathComponent("\(set)/pictures/set_00000000_x.npy")
    let before = try FileManager.default.attributesOfItem(atPath: drawn.path)
    let again = try succeed(evaluate)
    #expect(!again.errors.contains("Drawing pictures"))
    #expect(again.output == first.output)
    let after = try FileManager.default.attributesOfItem(atPath: drawn.path)
    #expect(before[.modificationDate] as? Date == after[.modificationDate] as? Date)
    #expect(before[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
    let files = try FileManager.default.contentsOfDirectory(
      atPath: scores.appendingPathComponent(set).path)
    #expect(files.contains { $0.hasSuffix(".json") } && files.contains { $0.hasSuffix(".html") })
    let made = try ScoreRecord(
      contentsOf: scores.appendingPathComponent(set)
        .appendingPathComponent(try #require(files.first { $0.hasSuffix(".json") })))
    #expect(made.subject["run"] == "run")
    #expect(made.scores[0].protocolRecord["solver"] == "euler")
    // The seed makes other pictures.
    _ = try succeed(evaluate + ["--seed", "1"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scores.path).count == 2)
    // The report shows the scores.
    _ = try succeed(["report", "run"])
    let report = folder.url.appendingPathComponent("run/report.html")
    #expect(try String(contentsOf: report, encoding: .utf8).contains("relative L1"))
  }

  /// The pictures of a run have the size of its training; only the reference would be enlarged.
  @Test func anotherSizeThanTheRunsIsRefused() throws {
    _ = try succeed(tinyTraining + ["--set", "training.images=8", "--out", "run"])
    try fail(
      [
        "evaluate", "run", "--against", "shapes:12", "--size", "64", "--metrics", "relative_l1",
        "--count", "4", "--steps", "2",
      ], status: 64, saying: ["32x32 pixels and 64x64", "`--size`"])
  }

  @Test func whatCannotBeScoredEndsWithItsStatus() throws {
    try write("real")
    try write("other", size: 12)
    try fail(
      ["evaluate", "real", "--against", "real", "--metrics", "psnr"], status: 64,
      saying: ["picture 0, which equals its reference"])
    try fail(
      ["evaluate", "real", "--against", "real", "--metrics", "sim"], status: 64,
      saying: ["`sim`", "Did you mean `ssim`"])
    try fail(
      ["evaluate", "real", "--against", "real"], status: 64,
      saying: ["`kid`", "no feature network", "Name it with its weights"])
    try fail(
      ["evaluate", "real", "--against", "real", "--features", "mobilenet-v2"], status: 64,
      saying: ["--features needs --weights"])
    try fail(
      [
        "evaluate", "real", "--against", "real", "--features", "mobilenet", "--weights",
        "real/000.png",
      ], status: 64, saying: ["`mobilenet`", "mobilenet-v2"])
    try fail(
      [
        "evaluate", "real", "--against", "real", "--features", "mobilenet-v2", "--weights",
        "none.safetensors",
      ], status: 66, saying: ["none.safetensors"])
    try fail(
      ["evaluate", "nowhere", "--against", "real", "--metrics", "ssim"], status: 66,
      saying: ["nowhere"])
    try fail(
      ["evaluate", "real", "--against", "nowhere", "--metrics", "ssim"], status: 66,
      saying: ["nowhere"])
    try fail(
      ["evaluate", "real", "--against", "real", "--metrics", "ssim", "--count", "7"], status: 64,
      saying: ["6 pictures", "7"])
    try fail(
      ["evaluate", "other", "--against", "real", "--metrics", "ssim", "--cache", "cache"],
      status: 64,
      saying: ["12x12 pixels and 16x16", "`--size`"])
    try fail(
      ["evaluate", "real", "--against", "real", "--block-size", "1"], status: 64,
      saying: ["--block-size"])
  }

  /// They would be ignored, for given pictures are scored as they are.
  @Test(arguments: [
    "--steps 4", "--guidance 2", "--precision bfloat16", "--seed 3", "--labels uniform",
    "--checkpoint 16", "--ema-length 0.1",
  ])
  func optionsOfRunsAreRefusedForPictures(_ option: String) throws {
    try write("real")
    let words = option.split(separator: " ").map(String.init)
    try fail(
      ["evaluate", "real"] + paired + words, status: 64,
      saying: ["`real`, which is not a run", "found `\(words[0])`"])
    guard ["--steps", "--guidance", "--precision"].contains(words[0]) else { return }
    try fail(["ema-sweep", "run"] + words, status: 64, saying: ["\(words[0]) is for pictures"])
  }
}
