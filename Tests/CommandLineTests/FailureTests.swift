import Datasets
import Foundation
import Nets
import Pictures
import RunFiles
import Tensors
import TestSupport
import Testing

/// Ten and more corrupted inputs: each ends with its own status and one message, never a crash.
@Suite struct FailureTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectFailure(
    _ arguments: [String], status: Int32, saying parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Tool.run(arguments, in: folder.url)
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(result.errors.contains(part), "\(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(!result.errors.contains("Fatal error"), sourceLocation: sourceLocation)
    #expect(!result.errors.contains("Stack dump"), sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, "\(result.output)", sourceLocation: sourceLocation)
  }

  private func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  @Test func anUnknownRecipe() throws {
    try expectFailure(["train", "dem"], status: 66, saying: ["dem", "Did you mean `demo`"])
  }

  @Test func anUnknownKey() throws {
    try expectFailure(
      ["train", "demo", "--set", "training.image=3"], status: 64,
      saying: ["training.image", "Did you mean `training.images`"])
  }

  @Test func aRecipeInAnotherEncoding() throws {
    try write([0x23, 0xE4, 0x0A], to: "latin1.yaml")
    try expectFailure(["train", "latin1.yaml"], status: 64, saying: ["latin1.yaml", "not UTF-8"])
  }

  @Test func aRaceFolderThatCannotBeMade() throws {
    try write([], to: "file")
    try expectFailure(
      ["race", "plan", "null", "--out", "file/race"], status: 74, saying: ["file/race"])
  }

  /// A closed terminal sends SIGHUP.
  @Test func aClosedTerminal() throws {
    let arguments = tinyTraining + ["--set", "training.images=4000", "--out", "run"]
    let process = try Tool.start(arguments, in: folder.url)
    let run = RunLayout(folder.url.appendingPathComponent("run"))
    while process.isRunning, run.finishedCheckpoints().isEmpty { usleep(2_000) }
    kill(process.processIdentifier, SIGHUP)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 75)
  }

  @Test func aValueOfTheWrongKind() throws {
    try expectFailure(
      ["train", "demo", "--set", "training.precision=fp8"], status: 64,
      saying: ["precision: fp8", "bfloat16, float32, float64"])
  }

  @Test func dataThatIsNotThere() throws {
    try expectFailure(
      ["train", "demo", "--set", "data.path=nowhere"], status: 66, saying: ["nowhere"])
  }

  @Test func encodingThatCannotBeDone() throws {
    let weights = SharedFolder.packageRoot.appendingPathComponent(
      "Fixtures/kl_autoencoder/micro.ckpt")
    let encode = ["encode", "shapes:8", "--weights", weights.path, "--out", "cache"]
    try expectFailure(
      encode + ["--with", "sd-vae", "--seed", "3"], status: 64, saying: ["--posterior sample"])
    try expectFailure(
      encode + ["--with", "vae"], status: 64, saying: ["`vae`", "flux2-vae, invae, sd-vae"])
    try expectFailure(
      encode + ["--with", "sd-vae"], status: 65, saying: ["micro.ckpt", "another model"])
  }

  @Test func anEmptyClassFolder() throws {
    try write(ShapesDataset(count: 1).picture(at: 0).pngData(), to: "tree/a/0.png")
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("tree/b"), withIntermediateDirectories: true)
    try expectFailure(
      ["data", "inspect", "tree", "--size", "32"], status: 65, saying: ["tree", "b"])
  }

  @Test func aTruncatedPictureAmongMany() throws {
    let shapes = ShapesDataset(count: 40)
    for index in 0..<40 {
      let png = try shapes.picture(at: index).pngData()
      try write(
        index == 23 ? png.prefix(png.count / 2) : png,
        to: String(format: "tree/%d/%03d.png", index / 20, index))
    }
    try expectFailure(
      ["data", "inspect", "tree", "--size", "32", "--grid", "g.png"], status: 65,
      saying: ["023.png"])
    #expect(
      !FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("g.png").path))
  }

  @Test func aTextFileCalledPNG() throws {
    try write("not a picture".utf8, to: "fake.png")
    try expectFailure(["inspect", "fake.png"], status: 65, saying: ["fake.png"])
  }

  @Test func labelsOutOfRange() throws {
    try writeArray([UInt8](repeating: 0, count: 2 * 8 * 8 * 3), shape: [2, 8, 8, 3], to: "p_x.npy")
    try writeArray([0, 9], shape: [2], to: "p_y.npy")
    try write(#"["one", "two"]"#.utf8, to: "p_classes.json")
    try expectFailure(["data", "inspect", "p_x.npy"], status: 65, saying: ["p_y.npy", "9"])
  }

  @Test func aTruncatedArray() throws {
    let bytes = [UInt8](repeating: 0, count: 4 * 8 * 8 * 3)
    try write(NPYFile.encoded(bytes, shape: [4, 8, 8, 3]).prefix(300), to: "q_x.npy")
    try writeArray([0, 0, 0, 0], shape: [4], to: "q_y.npy")
    try expectFailure(["data", "inspect", "q_x.npy"], status: 65, saying: ["q_x.npy"])
  }

  private func writeArray(_ bytes: [UInt8], shape: [Int], to name: String) throws {
    try write(NPYFile.encoded(bytes, shape: shape), to: name)
  }

  @Test func damagedWeights() throws {
    try write([8, 0, 0, 0, 0, 0, 0, 0] + Array("{\"a\": 1}".utf8), to: "w.safetensors")
    try expectFailure(["inspect", "w.safetensors"], status: 65, saying: ["w.safetensors", "`a`"])
  }

  @Test func aTorchFileThatIsNone() throws {
    try write("PK no".utf8, to: "w.pth")
    try expectFailure(["inspect", "w.pth"], status: 65, saying: ["w.pth", "torch.save"])
  }

  /// `torch.save({"a": 1}, …)`, and a safetensors file of nothing.
  @Test func filesWithoutTensors() throws {
    let program = Array("}X\u{1}\0\0\0aK\u{1}s.".utf8)
    let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    let parts = [
      magic + [0x2E], [0x4D, 0xE9, 0x03, 0x2E], Array("}.".utf8), program, Array("].".utf8),
    ]
    try write(parts.flatMap { [0x80, 2] + $0 }, to: "numbers.pth")
    try write([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), to: "empty.safetensors")
    for file in ["numbers.pth", "empty.safetensors"] {
      let result = try Tool.run(["inspect", file], in: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "tensors  none\n", "\(result.output)")
    }
  }

  /// Names that come from files cannot act on the terminal.
  @Test func escapesInNamesAreShown() throws {
    try SafetensorsFile.write(
      [("a\u{1B}[2Jb", Tensor([1, 2], shape: [2]))],
      to: folder.url.appendingPathComponent("escape.safetensors"))
    let result = try Tool.run(["inspect", "escape.safetensors"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.contains("\u{1B}") && result.output.contains("\\u{1B}[2J"))
  }

  @Test(arguments: [
    ("sample run --out o --count 0", "--count must be 1 to 100,000,000; it is 0."),
    ("sample run --out o --count 99999999999999999999", "'99999999999999999999' is invalid"),
    ("sample run --out o --batch=-1", "--batch must be 1 to 65,536; it is -1."),
    ("bench train --rounds 0", "--rounds must be 1 to 10,000"),
    ("bench train --threads 9223372036854775807", "--threads must be 1 to 1,024"),
    ("evaluate a --against b --count 9223372036854775807", "--count must be 1 to 100,000,000"),
    (
      "encode shapes --with taef2 --weights w --out o --size 99999999", "--size must be 1 to 16,384"
    ),
    ("data inspect shapes:99999999999999999999", "1 to 10,000,000"),
  ])
  func optionsHaveBounds(command: String, message: String) throws {
    try expectFailure(
      command.split(separator: " ").map(String.init), status: 64, saying: [message])
  }

  @Test func anUnknownClass() throws {
    #expect(try Tool.run(tinyTraining + ["--out", "run"], in: folder.url).status == 0)
    try expectFailure(
      ["sample", "run", "--classes", "hart", "--out", "o"], status: 64,
      saying: ["hart", "Did you mean `heart`"])
    try expectFailure(
      ["sample", "run", "--checkpoint", "7", "--out", "o"], status: 66, saying: ["80"])
  }

  @Test func aFolderWithoutARun() throws {
    try expectFailure(["sample", ".", "--out", "o"], status: 66, saying: ["checkpoint"])
    try expectFailure(["report", "."], status: 66, saying: ["train"])
  }

  @Test func aDeviceThatIsNotThere() throws {
    try expectFailure(
      ["train", "demo", "--set", "training.device=cuda:99", "--out", "x"], status: 69,
      saying: ["cuda"])
    try expectFailure(
      ["train", "demo", "--set", "training.device=tpu", "--out", "x"], status: 64, saying: ["tpu"])
  }

  /// A file-size limit stands in for a full disk: writes fail half-way.
  @Test func aDiskThatFillsUpWhileACheckpointIsWritten() throws {
    let line =
      "trap '' XFSZ; ulimit -f 4000; exec \"$TOOL\" "
      + (tinyTraining + ["--out", "run"]).joined(separator: " ")
    let result = try Tool.shell(line, in: folder.url)
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("model.safetensors"), "\(result.errors)")
    let left = try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appendingPathComponent("run/checkpoints").path)
    #expect(left.isEmpty)
  }

  /// The pictures, a folder inside them and a run keep what they hold, also before a network is opened.
  @Test func aFolderThatIsNoCacheIsLeftAlone() throws {
    let photos = folder.url.appendingPathComponent("photos")
    try PictureTree.write(to: photos, perClass: 2)
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("run/checkpoints"), withIntermediateDirectories: true)
    let before = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
    let latents = ["--with", "taef2", "--weights", "/nowhere"]
    let teacher = ["--features", "nonet", "--feature-weights", "/nowhere"]
    for (out, word) in [
      ("photos", "found `a`, `b`; expected an empty folder"), ("photos/new", "inside the data"),
      ("run", "found `checkpoints`"),
    ] {
      for options in [latents, latents + teacher] {
        let result = try Tool.run(
          ["encode", "photos", "--size", "16", "--out", out] + options, in: folder.url)
        #expect(result.status == 64 && result.errors.contains(word), "\(result.errors)")
      }
    }
    let export = try Tool.run(
      ["data", "export", "photos", "--size", "16", "--out", "photos/new"], in: folder.url)
    #expect(export.status == 64 && export.errors.contains("inside the data"), "\(export.errors)")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.url.path) == before)
  }
}
