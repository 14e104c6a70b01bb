import Foundation
import TestSupport
import Testing

/// The form of every message: our own words, one message, and an exit status of its own.
@Suite struct MessageTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let (files, url) = (FileManager.default, folder.url)
    for name in [
      "folder", "folder.json", "run", "race", "cache", "edm/images", "run/checkpoints/80",
    ] {
      try files.createDirectory(
        at: url.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    let texts = [
      "junk", "junk.png", "junk.json", "junk.yaml", "junk.npz", "junk.safetensors", "junk_x.npy",
      "race/plan.json", "cache/cache.json", "edm/images/dataset.json", "run/data.json",
    ]
    for name in texts { try Data("not a thing\n".utf8).write(to: url.appendingPathComponent(name)) }
    try Data("{\"scores\": 3}".utf8).write(to: url.appendingPathComponent("other.json"))
    try Data("model:\n  preset: SiT-Ti/8\n".utf8).write(
      to: url.appendingPathComponent("run/recipe.yaml"))
    try Data("training:\n  images: lots\n".utf8).write(to: url.appendingPathComponent("kind.yaml"))
    try Data("a: [1,\n  b: }".utf8).write(to: url.appendingPathComponent("bad.yaml"))
    try Data([0xFF, 0xFE, 0, 0x62]).write(to: url.appendingPathComponent("latin.yaml"))
    try files.createSymbolicLink(
      atPath: url.appendingPathComponent("loop").path, withDestinationPath: "loop")
  }

  /// Words of libraries that mean nothing to a user.
  private static let foreign = [
    "Error Domain", "NSCocoa", "NSPOSIX", "DecodingError", "keyNotFound", "CodingKeys",
    "Foundation", "c10::", "Fatal error", "Stack dump", "Backtrac", "Optional(", "type Double",
  ]

  private static let weights = "--weights junk.safetensors"

  @Test(arguments: [
    "train missing", "train folder", "train kind.yaml", "train bad.yaml", "train latin.yaml",
    "train demo --set training.images=1.5", "train demo --out junk/x",
    "train demo --set training.seed=-1 --out /proc/x", "data inspect loop", "data inspect junk",
    "data inspect junk.npz", "data inspect junk_x.npy", "data inspect cache", "data inspect edm",
    "data export shapes:3 --out junk/x", "data inspect shapes:3 --grid /proc/x/y.png",
    "encode shapes:3 --with taef2 \(weights) --out c",
    "encode missing --with taef2 \(weights) --out c",
    "sample missing --out o", "sample run --out o", "report run", "inspect run", "inspect loop",
    "inspect junk.png", "inspect junk.safetensors", "inspect folder", "ema-sweep run",
    "evaluate missing --against shapes:20 --metrics kid --features mobilenet-v2@128 \(weights)",
    "compare missing missing", "compare folder.json other.json", "compare junk.json junk.json",
    "compare other.json other.json", "race judge race", "race run race", "race plan kind.yaml",
    "race judge latin.yaml", "race run loop", "bench contender missing", "bench contender folder",
    "bench contender junk.json", "recipes copy demo folder", "recipes copy demo /proc/x/y",
    "bench train --preset nope", "bench train --json junk/a.json",
  ])
  func aFailureIsToldInOurWords(command: String) throws {
    let result = try Tool.run(command.split(separator: " ").map(String.init), in: folder.url)
    #expect((1..<126).contains(result.status), "status \(result.status)")
    #expect(result.errors.contains("peregrine: Failed while "), "\(result.errors)")
    for word in Self.foreign {
      #expect(!result.errors.contains(word), "\(word) in: \(result.errors)")
    }
    #expect(result.output.isEmpty, "\(result.output)")
  }

  @Test(arguments: [
    ("trian demo", "`train`"), ("smaple run", "`sample`"), ("help evalute", "`evaluate`"),
    ("data inspekt x", "`inspect`"), ("race jugde x", "`judge`"), ("bench smaple", "`sample`"),
    ("train dem", "`demo`"), ("train demo --set training.image=3", "`training.images`"),
    ("sample run --cuont 3 --out o", "--count"), ("inspect --jsn x", "--json"),
  ])
  func whatIsMisspeltGetsASuggestion(command: String, suggestion: String) throws {
    let result = try Tool.run(command.split(separator: " ").map(String.init), in: folder.url)
    #expect([64, 66].contains(result.status), "\(result.errors)")
    #expect(result.errors.contains("Did you mean"), "\(result.errors)")
    #expect(result.errors.contains(suggestion), "\(result.errors)")
  }

  @Test func theOptionToSetIsNamed() throws {
    let classes = folder.url.appendingPathComponent("photos/a")
    try FileManager.default.createDirectory(at: classes, withIntermediateDirectories: true)
    try Data().write(to: classes.appendingPathComponent("1.png"))
    let result = try Tool.run(["data", "inspect", "photos"], in: folder.url)
    #expect(result.errors.contains("--size"), "\(result.errors)")
  }

  /// A shell expands `~`; what reaches the tool is a name.
  @Test func aTildeIsANameAndALineBreakStays() throws {
    #expect(try Tool.run(["recipes", "copy", "demo", "~root.yaml"], in: folder.url).status == 0)
    #expect(
      FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("~root.yaml").path))
    let result = try Tool.run(
      ["train", "demo", "--set", "data.path=no\nsuch", "--dry-run"], in: folder.url)
    #expect(result.errors.contains("no\\nsuch"), "\(result.errors)")
  }
}
