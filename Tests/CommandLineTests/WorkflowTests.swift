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

  /// The command in a picture, run as it is printed, with the folder that it writes into.
  private func makeAgain(_ file: String, _ out: String) throws {
    let before = try Data(contentsOf: folder.url.appendingPathComponent("\(out)/\(file)"))
    let text = try succeed(["inspect", "\(out)/\(file)"])
    #expect(text.contains("weights  "), "\(text)")
    let line = try #require(text.firstMatch(of: /peregrine:command +\.\/peregrine (.*)/)).1
    let result = try Tool.shell("\"$TOOL\" \(line)", in: folder.url)
    #expect(result.status == 0, "\(line)\n\(result.errors)")
    let after = try Picture(
      contentsOf: folder.url.appendingPathComponent("\(out)-again/\(file)"))
    #expect(try Picture(decoding: before, name: file) == after, "\(line)")
    // The picture itself stays as it is.
    #expect(try Data(contentsOf: folder.url.appendingPathComponent("\(out)/\(file)")) == before)
  }

  /// Every kind of sample, from runs whose names a shell would not take as they are.
  @Test func theRecordedCommandMakesTheSameBytes() throws {
    let short = [
      "--set", "training.images=16", "--set", "schedule.preview_every_images=0", "--out",
    ]
    _ = try succeed(
      tinyTraining + [
        "--set", "optimizer.ema_profiles=0.05, 0.10", "--set", "schedule.snapshot_every_images=8",
      ] + short + ["./-x"])
    _ = try succeed(
      tinyTraining + ["--set", "routing.method=sprint"] + short + ["an 'odd'\nname"])
    let guided = ["--guidance", "2", "--classes", "none,star,number:2,name:disk"]
    let kinds: [(run: String, options: [String])] = [
      ("./-x", []), ("./-x", guided + ["--solver", "euler", "--guidance-high", "0.9"]),
      ("./-x", guided + ["--solver", "euler-maruyama", "--precision", "bfloat16"]),
      ("./-x", ["--guidance=-1", "--ema-length", "0.08", "--checkpoint", "16"]),
      ("./-x", ["--accelerate", "first-block", "--threshold", "0.5", "--steps", "4"]),
      (
        "an 'odd'\nname", ["--guidance", "2", "--guidance-source", "path", "--engine", "reference"]
      ),
      ("an 'odd'\nname", ["--guidance", "2", "--guidance-source", "path-label"]),
    ]
    for (index, kind) in kinds.enumerated() {
      let out = "out \(index)"
      _ = try succeed(
        ["sample"]
          + ["--steps", "2", "--first", "3", "--count", "5", "--seed", "7", "--batch", "3"]
          + kind.options + ["--out", out, "--", kind.run])
      try makeAgain("000004.png", out)
      if index == 0 {
        try makeAgain("000007.png", out)
        try makeAgain("grid.png", "out 0")
        #expect(try picture("out 0/000003.png") != picture("out 0/000004.png"))
      }
    }
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

  /// A folder takes one set: its command goes on where it stopped, another set does not mix in.
  @Test func aFolderTakesOneSet() throws {
    _ = try succeed(tinyTraining + ["--out", "run"])
    let sample = ["sample", "run", "--steps", "2", "--out", "out"]
    let npz = ["--npz", "a.npz"]
    _ = try succeed(sample + ["--count", "5"] + npz)
    let before = try picture("out/000004.png")
    let made = folder.url.appendingPathComponent("out/000001.png")
    func time() throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: made.path)[.modificationDate] as? Date
    }
    let written = try time()
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("out/000004.png"))
    _ = try succeed(sample + ["--count", "5", "--batch", "64"])
    #expect(try picture("out/000004.png") == before)
    #expect(try time() == written)
    let pictures = try NPZDataset(contentsOf: folder.url.appendingPathComponent("a.npz"))
    #expect(Data(try pictures.picture(at: 4).pixels) == before)
    let other = try Tool.run(sample + ["--count", "2", "--seed", "1"], in: folder.url)
    #expect(other.status == 64)
    #expect(other.errors.contains("seed: 0 instead of 1"), "\(other.errors)")
    _ = try succeed(sample + ["--count", "2", "--seed", "1", "--replace"])
    // Of the same set nothing is removed, so the command may be repeated after an interruption.
    let replaced = try time()
    _ = try succeed(sample + ["--count", "2", "--seed", "1", "--replace"])
    #expect(try time() == replaced)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appendingPathComponent("out").path)
    #expect(names.sorted() == ["000000.png", "000001.png", "grid.png"])
    try Data().write(to: folder.url.appendingPathComponent("photo.jpg"))
    let foreign = try Tool.run(
      ["sample", "run", "--replace", "--steps", "2", "--out", "."], in: folder.url)
    #expect(foreign.status == 64)
    #expect(foreign.errors.contains("`photo.jpg`"), "\(foreign.errors)")
    // Two sets that were mixed by hand are not scored as one.
    _ = try succeed(["sample", "run", "--steps", "2", "--count", "3", "--out", "mixed"])
    try FileManager.default.copyItem(
      at: folder.url.appendingPathComponent("out/000001.png"),
      to: folder.url.appendingPathComponent("mixed/000009.png"))
    let mixed = try Tool.run(
      ["evaluate", "mixed", "--against", "shapes:9", "--metrics", "ssim"], in: folder.url)
    #expect(mixed.status == 65)
    #expect(
      mixed.errors.contains("`000000.png` and `000009.png`") && mixed.errors.contains("seed"),
      "\(mixed.errors)")
  }

  /// Neither no class nor guidance away from it, which training never showed.
  @Test func whatWasNeverTrainedIsNotDrawn() throws {
    let training = tinyTraining + ["--set", "objective.label_drop=0"]
    let early = try Tool.run(training + ["--out", "guided"], in: folder.url)
    #expect(early.status == 64)
    #expect(early.errors.contains("`objective.label_drop: 0.0`"), "\(early.errors)")
    _ = try succeed(
      training + ["--set", "preview.sampler.guidance=1", "--set", "training.images=8"]
        + ["--out", "run"])
    let sample = ["sample", "run", "--steps", "2", "--count", "2", "--out", "out"]
    let refused = [
      sample + ["--guidance", "2"], sample + ["--classes", "none"], sample + ["--classes", "null"],
      sample + ["--classes", "star,number:8"],
      [
        "evaluate", "run", "--against", "shapes:9", "--metrics", "ssim", "--count", "2",
        "--guidance", "2",
      ],
    ]
    for arguments in refused {
      let result = try Tool.run(arguments, in: folder.url)
      #expect(result.status == 64, "\(arguments)")
      #expect(result.errors.contains("label_drop"), "\(result.errors)")
    }
    _ = try succeed(sample)
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
    #expect(!text.contains("peregrine:label"))
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

  /// Classes that look like numbers, or like each other: the name goes first, and its bytes decide.
  @Test func classesAreDrawnByTheirExactNames() throws {
    let (apart, composed) = ("e\u{301}", "\u{e9}")
    try PictureTree.write(
      to: folder.url.appendingPathComponent("named"), perClass: 4,
      classes: ["0", "10", "3", apart, composed])
    _ = try succeed(
      tinyTraining + [
        "--set", "data.path=named", "--set", "data.size=32", "--set", "training.images=8",
        "--out", "run",
      ])
    _ = try succeed([
      "sample", "run", "--classes", "3,10,number:3,\(composed),\(apart)", "--count", "5",
      "--steps", "2", "--out", "out",
    ])
    for (index, label) in [2, 1, 3, 4, 3].enumerated() {
      let text = try succeed(["inspect", "out/00000\(index).png"])
      #expect(text.contains(try Regex("peregrine:label +\(label)\n")), "\(text)")
    }
    try makeAgain("000000.png", "out")
    try makeAgain("000003.png", "out")
    // Another spelling is another set.
    let other = try Tool.run(
      ["sample", "run", "--classes", "3,10,number:3,\(apart),\(apart)", "--steps", "2"]
        + ["--out", "out"], in: folder.url)
    #expect(other.status == 64)
    #expect(other.errors.contains("another set (classes: "), "\(other.errors)")
  }
}
