import Diagnostics
import Foundation

/// The layout of a run folder. All file names in it are defined here.
public struct RunLayout: Sendable {
  /// The folder.
  public let url: URL

  /// Names a folder that may or may not exist.
  public init(_ url: URL) { self.url = url }

  /// The resolved recipe, each value with its origin.
  public var recipe: URL { file("recipe.yaml") }
  /// Machine, libraries and sources.
  public var environment: URL { file("environment.json") }
  /// The description of the data, and how latents are decoded to pictures.
  public var data: URL { file("data.json") }
  /// The hashes of the recipe and of the description of the data.
  var recordHashes: URL { file("records.json") }
  /// The metrics: one JSON line per logged event.
  public var metrics: URL { file("metrics.jsonl") }
  /// The checkpoints, named by images seen.
  public var checkpoints: URL { file("checkpoints") }
  /// The snapshots of power-function averages, named by images seen.
  public var averages: URL { file("averages") }
  /// The sample grids, named by images seen.
  public var samples: URL { file("samples") }
  /// The sets of pictures that were scored, with their scores.
  public var scores: URL { file("scores") }
  /// The pictures of the demo.
  public var pictures: URL { file("pictures.png") }
  /// The HTML report of the run.
  public var report: URL { file("report.html") }
  /// The lock file, which one process at a time can hold; see ``lock()``.
  var lockFile: URL { file(".lock") }

  /// An earlier log, which ended at `images` images and was not continued.
  public func formerMetrics(untilImages images: Int) -> URL {
    file("metrics-until-\(Self.name(ofImages: images)).jsonl")
  }

  // MARK: Files of a race

  /// The speed of the machine, measured before and after the run.
  public var speed: URL { file("race-speed.json") }
  /// Why the run failed permanently.
  public var failure: URL { file("failed.json") }

  /// The scores for races with one protocol.
  ///
  /// - Parameter key: identifies the protocol.
  public func raceScores(_ key: String) -> URL { file("race-scores-\(key).json") }

  // MARK: Files in subfolders

  /// The folder of a set of pictures, in ``scores``.
  ///
  /// - Parameters:
  ///   - images: the number of images that the weights have seen.
  ///   - key: identifies everything else that determines the pictures.
  public func sampleSet(atImages images: Int, key: String) -> URL {
    scores.appendingPathComponent("\(Self.name(ofImages: images))-\(key)")
  }

  /// The folder of a set's pictures, which is a dataset.
  public static func pictures(ofSampleSet set: URL) -> URL {
    set.appendingPathComponent("pictures")
  }

  /// The sample grid after `images` images.
  public func grid(atImages images: Int) -> URL {
    samples.appendingPathComponent("\(Self.name(ofImages: images)).png")
  }

  /// The snapshot of the average with a relative length.
  public func average(ofLength length: Double, atImages images: Int) -> URL {
    averages.appendingPathComponent(Self.name(ofImages: images))
      .appendingPathComponent("\(length).safetensors")
  }

  /// The name of a folder or file by images seen, padded so that names sort like numbers.
  static func name(ofImages images: Int) -> String { String(format: "%010ld", images) }

  /// The number of images in the name of a folder or file; `nil` for any other name.
  package static func images(ofName name: String) -> Int? {
    Int(name).flatMap { Bounds.images.contains($0) ? $0 : nil }
  }

  /// The path of a file relative to the run folder, for records.
  public func path(of file: URL) -> String {
    String(file.path.dropFirst(url.path.count + 1))
  }

  private func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}
