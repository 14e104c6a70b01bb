import Diagnostics
import Foundation

/// The folder of one run, and where everything in it lies: the one place that knows the names.
public struct RunLayout: Sendable {
  /// The folder.
  public let url: URL

  /// Names a folder that may or may not exist.
  public init(_ url: URL) { self.url = url }

  /// The resolved recipe, each value with its origin.
  public var recipe: URL { file("recipe.yaml") }
  /// Machine, libraries and sources.
  public var environment: URL { file("environment.json") }
  /// What the data was, and how latents become pictures.
  public var data: URL { file("data.json") }
  /// One line per logged event.
  public var metrics: URL { file("metrics.jsonl") }
  /// The checkpoints, by images seen.
  public var checkpoints: URL { file("checkpoints") }
  /// The snapshots of power-function averages, by images seen.
  public var averages: URL { file("averages") }
  /// The sample grids, by images seen.
  public var samples: URL { file("samples") }
  /// The sets of pictures that were scored, with their scores.
  public var scores: URL { file("scores") }
  /// The pictures of the demo.
  public var pictures: URL { file("pictures.png") }
  /// The page that shows it all.
  public var report: URL { file("report.html") }
  /// What one process at a time holds; see ``lock()``.
  var lockFile: URL { file(".lock") }

  // MARK: What a race adds

  /// How fast the machine was around the run.
  public var speed: URL { file("race-speed.json") }
  /// Why the run ended for good before its end.
  public var failure: URL { file("failed.json") }

  /// The scores that races of one protocol ask for.
  ///
  /// - Parameter key: names the protocol.
  public func raceScores(_ key: String) -> URL { file("race-scores-\(key).json") }

  // MARK: What lies deeper

  /// The folder of a set of pictures below ``scores``.
  ///
  /// - Parameters:
  ///   - images: the images that the weights had seen.
  ///   - key: tells apart what else decides about the pictures.
  public func sampleSet(atImages images: Int, key: String) -> URL {
    scores.appendingPathComponent("\(Self.name(ofImages: images))-\(key)")
  }

  /// The pictures of a set, a dataset of their own.
  public static func pictures(ofSampleSet set: URL) -> URL {
    set.appendingPathComponent("pictures")
  }

  /// The sample grid at so many images.
  public func grid(atImages images: Int) -> URL {
    samples.appendingPathComponent("\(Self.name(ofImages: images)).png")
  }

  /// A snapshot of the average of a relative length.
  public func average(ofLength length: Double, atImages images: Int) -> URL {
    averages.appendingPathComponent(Self.name(ofImages: images))
      .appendingPathComponent("\(length).safetensors")
  }

  /// How folders and files are named by images seen, so that names sort like numbers.
  static func name(ofImages images: Int) -> String { String(format: "%010d", images) }

  /// The place of a file relative to the folder, for records.
  public func path(of file: URL) -> String {
    String(file.path.dropFirst(url.path.count + 1))
  }

  private func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  // MARK: What is there

  /// The name of a run, for people: its folder's.
  public var name: String { url.lastPathComponent }

  /// Whether a run has been started here.
  public var hasRun: Bool { FileManager.default.fileExists(atPath: recipe.path) }

  /// The checkpoints, finished or not, oldest first.
  package var checkpointFolders: [Checkpoint] {
    Self.names(in: checkpoints).compactMap { name in
      Int(name).map { Checkpoint(url: checkpoints.appendingPathComponent(name), images: $0) }
    }.sorted { $0.images < $1.images }
  }

  /// The finished checkpoints, oldest first.
  public func finishedCheckpoints() -> [Checkpoint] { checkpointFolders.filter(\.isFinished) }

  /// The newest finished checkpoint, or the one of a given number of images.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` listing what there is.
  public func checkpoint(atImages images: Int? = nil) throws -> Checkpoint {
    let all = finishedCheckpoints()
    if let found = images.map({ images in all.last { $0.images == images } }) ?? all.last {
      return found
    }
    throw PeregrineError(
      .missingInput, doing: "looking for a checkpoint in `\(url.path)`",
      found: all.isEmpty
        ? "none" : "those at \(all.map { "\($0.images)" }.joined(separator: ", ")) images",
      expected: images.map { "one at \($0) images" } ?? "at least one",
      advice: all.isEmpty ? "Train first: `peregrine train RECIPE --out \(url.path)`." : "")
  }

  /// The names in a folder, in no order; none where there is no folder.
  package static func names(in folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// Keeps other processes from training in this folder while the lock is alive.
  ///
  /// - Throws: ``PeregrineError`` `.busy` when another process trains here.
  package func lock() throws -> RunLock { try RunLock(self) }
}
