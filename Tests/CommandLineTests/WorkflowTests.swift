import Datasets
import Foundation
import Pictures
import TestSupport
import Testing

/// The commands of the README, on small inputs.
@Suite struct WorkflowTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func succeed(
    _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let result = try Tool.run(arguments, in: folder.url)
    #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
    return result.output
  }

  private func picture(_ path: String) throws -> Data {
    let picture = try Picture(contentsOf: folder.url.appendingPathComponent(path))
    return Data(picture.pixels)
  }

  @Test func trainSampleInspectAndMakeAgain() throws {
    _ = try succeed(tinyTraining + ["--out", "run"])
    _ = try succeed([
      "sample", "run", "--classes", "star,heart", "--count", "5", "--seed", "7", "--steps", "3",
      "--guidance", "2", "--out", "out", "--batch", "2",
    ])
    let before = try picture("out/000003.png")
    let text = try succeed(["inspect", "out/000003.png"])
    let command = try #require(
      text.split(separator: "\n").first { $0.contains("peregrine:command") })
    let words = try #require(command.range(of: "./peregrine "))
    // Run the recorded line itself, into another folder.
    let line =
      "\"$TOOL\" "
      + command[words.upperBound...].replacingOccurrences(
        of: "--out out", with: "--out again")
    let result = try Tool.shell(line, in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let after = try picture("again/000003.png")
    // Another batch size: rounding may differ in the last bit of a pixel, no more.
    let worst = zip(before, after).map { abs(Int($0) - Int($1)) }.max() ?? 255
    #expect(worst <= 1)
    #expect(before != (try picture("out/000001.png")))
  }

  @Test func theSameSampleCommandMakesTheSameBytes() throws {
    _ = try succeed(tinyTraining + ["--out", "run"])
    let sample = [
      "sample", "run", "--count", "4", "--seed", "3", "--steps", "3", "--solver", "euler-maruyama",
    ]
    _ = try succeed(sample + ["--out", "one"])
    _ = try succeed(sample + ["--out", "two"])
    for name in ["000000.png", "000003.png", "grid.png"] {
      #expect(try picture("one/\(name)") == picture("two/\(name)"))
    }
  }

  /// Computing everything is the plain sampler; a cache says what it left out, and its picture tells how it
  /// was made.
  @Test func cachesAnswerForTheNetwork() throws {
    _ = try succeed(tinyTraining + ["--out", "run"])
    let sample = [
      "sample", "run", "--count", "3", "--seed", "3", "--steps", "8", "--solver", "euler",
      "--guidance", "2",
    ]
    let first = ["--accelerate", "first-block", "--threshold"]
    _ = try succeed(sample + ["--out", "plain"])
    _ = try succeed(sample + first + ["0", "--out", "all"])
    #expect(try picture("all/grid.png") == picture("plain/grid.png"))
    let result = try Tool.run(sample + first + ["0.5", "--out", "some"], in: folder.url)
    #expect(result.status == 0)
    let share = try #require(result.errors.firstMatch(of: /computed +([0-9.]+) % of the blocks/))
    #expect(try #require(Double(share.1)) < 90)
    let text = try succeed(["inspect", "some/000001.png"])
    #expect(text.contains("--accelerate first-block --threshold 0.5"))
  }

  /// A folder of pictures alone: the model takes no class, and the picture's record names none.
  @Test func picturesWithoutClassesTrainAndSample() throws {
    let shapes = ShapesDataset(count: 12, size: 32)
    for index in 0..<12 {
      let file = folder.url.appendingPathComponent("photos/\(index).png")
      try shapes.picture(at: index).write(png: file)
    }
    _ = try succeed(
      tinyTraining + [
        "--set", "data.path=photos", "--set", "data.validation_count=4", "--set",
        "evaluation.labels=uniform", "--out", "run",
      ])
    _ = try succeed(["sample", "run", "--count", "2", "--steps", "2", "--out", "out"])
    let text = try succeed(["inspect", "out/000001.png"])
    #expect(!text.contains("label_name"))
    #expect(try picture("out/000000.png") != picture("out/000001.png"))
  }

  @Test func sweepAnAverageAndSampleWithTheBest() throws {
    _ = try succeed(
      tinyTraining + [
        "--set", "optimizer.ema_profiles=0.05, 0.10", "--set", "schedule.snapshot_every_images=16",
        "--out", "run",
      ])
    let table = try succeed(["ema-sweep", "run", "--lengths", "0.05,0.08,0.2"])
    let lines = table.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("length  mismatch  held-out loss"))
    #expect(lines.count { $0.hasSuffix("best") } == 1)
    let json = try succeed([
      "ema-sweep", "run", "--lengths", "0.08", "--at", "64", "--write", "best.safetensors",
      "--json",
    ])
    let fields = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(fields?["images"] as? Int == 64)
    #expect(fields?["best"] as? Double == 0.08)
    #expect(try succeed(["inspect", "best.safetensors"]).contains("relative_length  "))
    let sample = ["sample", "run", "--count", "1", "--seed", "3", "--steps", "3"]
    _ = try succeed(sample + ["--ema-length", "0.2", "--out", "long"])
    _ = try succeed(sample + ["--ema-length", "0.05", "--out", "short"])
    #expect(try picture("long/000000.png") != picture("short/000000.png"))
    let text = try succeed(["inspect", "long/000000.png"])
    #expect(text.contains("--ema-length 0.2"))
    _ = try succeed(["data", "export", "shapes:20", "--out", "real"])
    let scored = try succeed([
      "ema-sweep", "run", "--lengths", "0.05,0.2", "--against", "real", "--metrics", "ssim",
      "--count", "20", "--cache", "cache",
    ])
    #expect(scored.contains("SSIM"))
    let plain = try Tool.run(
      ["ema-sweep", "run", "--lengths", "0.05", "--at", "60"], in: folder.url)
    #expect(plain.status == 66)
    #expect(plain.errors.contains("16, 32, 48, 64, 80"))
  }

  @Test func exportedPicturesReadBackTheSame() throws {
    _ = try succeed(["data", "export", "shapes:20", "--out", "edm2"])
    let grid = ["--size", "32", "--grid"]
    _ = try succeed(["data", "inspect", "shapes:20"] + grid + ["one.png"])
    let text = try succeed(["data", "inspect", "edm2"] + grid + ["two.png"])
    #expect(text.contains("edm2"))
    #expect(try picture("one.png") == picture("two.png"))
    let again = try Tool.run(["data", "export", "shapes:20", "--out", "edm2"], in: folder.url)
    #expect(again.status == 64)
  }

  @Test func dryRunWritesNothingAndTellsOrigins() throws {
    let text = try succeed(tinyTraining + ["--dry-run"])
    #expect(text.contains("--set"))
    #expect(text.contains("# demo.yaml"))
    #expect(text.contains("images/s, measured"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    let json = try succeed(tinyTraining + ["--dry-run", "--json"])
    let fields = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(fields?["parameters"] as? Int ?? 0 > 1_000_000)
  }

  @Test func everyLineOfARunIsThere() throws {
    _ = try succeed(tinyTraining + ["--out", "run"])
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appendingPathComponent("run").path)
    for name in ["recipe.yaml", "environment.json", "metrics.jsonl", "data.json", "report.html"] {
      #expect(names.contains(name))
    }
    #expect(names.contains { $0.hasPrefix("events.out.tfevents") })
    let page = try String(
      contentsOf: folder.url.appendingPathComponent("run/report.html"), encoding: .utf8)
    #expect(page.contains("SiT-Ti/8"))
    #expect(page.contains("data:image/png;base64"))
    #expect(try succeed(["inspect", "run"]).contains("SiT-Ti/8"))
  }

  @Test(.enabled(if: SharedFolder.data != nil))
  func encodeTrainAndSampleRealPictures() throws {
    let data = try #require(SharedFolder.data)
    let weights = data.appendingPathComponent("weights/taef2.safetensors").path
    let digits = data.appendingPathComponent("images/clothing32_test").path
    let encoded = try succeed([
      "encode", digits, "--with", "taef2", "--weights", weights, "--out", "cache",
    ])
    #expect(encoded == "cache\n")
    let facts = try succeed(["inspect", "cache"])
    for fact in ["latent-cache", "taef2", "mode"] { #expect(facts.contains(fact)) }
    _ = try succeed(
      tinyTraining + [
        "--set", "data.path=cache", "--set", "model.preset=SiT-Ti/1", "--out", "run",
      ])
    _ = try succeed([
      "sample", "run", "--classes", "3,7", "--count", "2", "--steps", "2", "--out", "out",
    ])
    let grid = try Picture(contentsOf: folder.url.appendingPathComponent("out/grid.png"))
    #expect(grid.width == 2 + 32 + 2 + 32 + 2)
  }
}
