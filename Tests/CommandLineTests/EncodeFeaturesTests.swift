import Datasets
import Foundation
import TestSupport
import Testing

/// A teacher's features through the tool, with real weights, and `kill -9` while they are computed.
@Suite(.enabled(if: SharedFolder.data != nil)) struct EncodeFeaturesTests {
  let folder: TemporaryFolder
  private let latents: [String]
  private let features: [String]

  init() throws {
    folder = try TemporaryFolder()
    let weights = try #require(SharedFolder.data).appendingPathComponent("weights").path
    latents = ["--with", "taef2", "--weights", weights + "/taef2.safetensors"]
    features = [
      "--features", "mobilenet-v2@64", "--feature-weights",
      weights + "/mobilenet_v2_imagenet_int8.safetensors",
    ]
  }

  private func encode(_ data: String, _ options: [String], to cache: String) throws -> Tool.Result {
    try Tool.run(["encode", data, "--out", cache] + options, in: folder.url)
  }

  private func cache(_ name: String) throws -> LatentCacheDataset {
    try LatentCacheDataset(folder: folder.url.appendingPathComponent(name))
  }

  @Test func featuresComeWithTheLatentsOrLater() throws {
    let both = try encode("shapes:40", latents + features + ["--flip"], to: "both")
    #expect(both.status == 0 && both.output == "both\n", "\(both.errors)")
    #expect(both.errors.contains("Encoded 40 pictures.\n"))
    #expect(both.errors.contains("Features of 40 pictures:"))
    #expect(try encode("shapes:40", latents + ["--flip"], to: "later").status == 0)
    #expect(try cache("later").features == nil)
    #expect(try encode("shapes:40", features, to: "later").status == 0)
    #expect(try cache("later").summary == cache("both").summary)
    #expect(try cache("later").summary.featureShape == [17, 96])
    #expect(try cache("later").features?.cost.pictures == 80)
    let told = try Tool.run(["inspect", "both"], in: folder.url).output
    for word in ["mobilenet-v2@64", "[17, 96]", "bilinear to 64 px", "80 pictures", "FLOP"] {
      #expect(told.contains(word), "\(told)")
    }
  }

  @Test func networksAreOpenedBeforeTheWork() throws {
    for (index, options) in [
      latents + ["--features", "nonet", "--feature-weights", features[3]],
      latents + ["--features", "mobilenet-v2@64", "--feature-weights", "/nowhere"],
      latents + ["--features", "mobilenet-v2@64", "--feature-weights", latents[3]],
      features,
    ].enumerated() {
      let result = try encode("shapes:640", options, to: "none\(index)")
      #expect([64, 65, 66].contains(result.status) && !result.errors.contains("Encoded"))
      let folder = folder.url.appendingPathComponent("none\(index)").path
      #expect(!FileManager.default.fileExists(atPath: folder), "\(options)")
    }
  }

  /// A cache of 640 latents that are all zero, in shards of 64: quick to make.
  private func writeLatents(to name: String) throws {
    let writer = try LatentCacheWriter(
      folder: folder.url.appendingPathComponent(name),
      header: LatentCacheHeader(
        itemShape: [1, 2, 2], element: .float32,
        source: try openDataset("shapes:640", size: nil).summary,
        autoencoder: .init(name: "none", weightsSha256: ""), mirrored: false),
      shardRows: 64)
    try writer.append(
      latents: [Float](repeating: 0, count: 2560), mirrored: nil,
      labels: [Int](repeating: 0, count: 640))
    try writer.finish()
  }

  @Test func killNineLeavesAUsableCache() throws {
    try writeLatents(to: "cache")
    let record = try cache("cache").summary
    let arguments = ["encode", "shapes:640", "--out", "cache"] + features
    let file = folder.url.appendingPathComponent("cache/features.json")
    let process = try Tool.start(arguments, in: folder.url)
    while process.isRunning, !FileManager.default.fileExists(atPath: file.path) { usleep(1_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let part = try cache("cache")
    #expect(part.summary == record, "without its features, it is as before")
    let rows = try #require(part.features?.rows)
    #expect(rows >= 64 && rows < 640)
    let told = try Tool.run(["inspect", "cache"], in: folder.url).output
    #expect(told.contains("unfinished: \(rows) rows"), "\(told)")
    #expect(try Tool.run(arguments, in: folder.url).status == 0)
    let finished = try cache("cache")
    #expect(finished.summary.featureShape == [17, 96] && finished.features?.rows == 640)
  }

  @Test func whatCannotBeDoneIsSaid() throws {
    let cases: [([String], Int32, String)] = [
      (features, 64, "no latent cache there"), ([], 64, "--with (latents)"),
      (["--features", "mobilenet-v2"], 64, "--feature-weights go together"),
      (["--with", "taef2"], 64, "--weights go together"),
      (features + ["--flip"], 64, "--flip and --posterior"),
    ]
    for (options, status, word) in cases {
      let result = try encode("shapes:40", options, to: "none")
      #expect(result.status == status && result.errors.contains(word), "\(result.errors)")
    }
    #expect(try encode("shapes:40", latents, to: "cache").status == 0)
    let inception = try encode(
      "shapes:40", ["--features", "inception", "--feature-weights", features[3]], to: "cache")
    #expect(inception.status != 0 && !inception.errors.contains("Fatal"), "\(inception.errors)")
    let other = try encode("shapes:41", features, to: "cache")
    #expect(other.status == 64 && other.errors.contains("41 pictures"), "\(other.errors)")
  }
}
