import Diagnostics
import FileAccess
import Foundation
import RunFiles
import Telemetry

/// The results of one run, read from the files in its folder.
public struct RunObservation: Codable, Equatable, Sendable {
  /// The planned run.
  public var run: PlannedRun
  /// The name of its folder.
  public var folder: String
  /// The state of the run.
  public var state: State
  /// The number of images seen at the last log line.
  public var images: Int
  /// The seconds of training by the run's own clock.
  public var trainSeconds: Double?
  /// The seconds per account by the run's own clock: `training`, which counts as cost, and
  /// `evaluation`, `checkpoint` and `setup`, which are only shown. Empty without a checkpoint.
  public var accounts: [String: Double]
  /// The held-out loss at the end.
  public var heldOutLoss: Double?
  /// The scores of its pictures.
  public var scores: [RunScore]
  /// The logged learning rates.
  public var learningRates: [RatePoint]
  /// All keys and values of its recipe.
  public var values: [String: String]
  /// The machine and software that it ran on.
  public var environment: EnvironmentRecord?
  /// The speed of the machine before and after the run; `nil` if the run was interrupted.
  public var speed: SpeedBracket?

  /// The state of a run.
  public enum State: Codable, Equatable, Sendable {
    case finished
    /// It diverged or failed permanently. It stays in the table as a run that did not reach the target.
    case failed(String)
    /// It has not started, or has not reached its end.
    case unfinished
  }

  /// A logged learning rate.
  public struct RatePoint: Codable, Equatable, Sendable {
    /// The number of images seen.
    public var images: Int
    /// The learning rate of the next step.
    public var rate: Double
  }

  /// Reads a run.
  ///
  /// - Parameter scores: the key of the scores that the race uses.
  /// - Throws: ``PeregrineError`` `.badData` for a file that is damaged.
  public init(_ run: PlannedRun, in layout: RunLayout, scores scoresKey: String?) throws {
    self.run = run
    folder = layout.name
    let records = try Self.there(layout.metrics).map { try MetricsLog.read($0) } ?? []
    values = try Self.there(layout.recipe).map(Self.values) ?? [:]
    environment = try Self.there(layout.environment).map { try Self.decode($0) }
    speed = try Self.there(layout.speed).map { try Self.decode($0) }
    scores =
      try scoresKey.flatMap { Self.there(layout.raceScores($0)) }.map { try Self.decode($0) } ?? []
    let training = records.filter { $0.kind == .train }
    learningRates = training.compactMap { record in
      record.learningRate.map { RatePoint(images: record.images, rate: $0) }
    }
    images = records.last?.images ?? 0
    trainSeconds = training.last?.trainSeconds
    accounts = try Self.accounts(of: layout)
    let validation = records.last { $0.kind == .validation }
    heldOutLoss = validation?.loss
    if let failure = Self.there(layout.failure) {
      let failed: RunFailure = try Self.decode(failure)
      state = .failed(failed.reason)
    } else {
      // A run of a sampler only has scores.
      let end = validation?.images ?? (records.isEmpty ? scores.last?.images : nil)
      state = end == run.images ? .finished : .unfinished
    }
  }

  /// The value of a metric, averaged over generation seeds; infinity if the run failed.
  public func value(of metric: String, guidance: Double, seeds: [UInt64]) -> Double? {
    if case .failed = state { return .infinity }
    if metric == RaceMetric.heldOutLoss { return heldOutLoss }
    let values = seeds.compactMap { seed in
      scores.last { $0.metric == metric && $0.guidance == guidance && $0.generationSeed == seed }?
        .value
    }
    return values.count == seeds.count && !values.isEmpty
      ? values.reduce(0, +) / Double(values.count) : nil
  }

  /// The seconds per account by the clock of the newest checkpoint.
  private static func accounts(of layout: RunLayout) throws -> [String: Double] {
    struct Progress: Decodable, CheckedRecord {
      let clock: RunClock
      func check() throws(RecordFlaw) { try clock.check(in: "clock") }
    }
    guard let newest = layout.checkpointFolders.last, let file = there(newest.file(.progress))
    else { return [:] }
    let progress: Progress = try decode(file)
    return Dictionary(
      uniqueKeysWithValues: RunClock.Phase.allCases.map {
        ($0.rawValue, progress.clock.seconds(in: $0))
      })
  }

  private static func there(_ file: URL) -> URL? {
    FileManager.default.fileExists(atPath: file.path) ? file : nil
  }

  private static func decode<Value: Decodable>(_ url: URL) throws -> Value {
    do {
      return try JSONRecord.decode(from: Data(contentsOf: url), by: RaceFolder.decoder)
    } catch {
      throw damaged(url, cause: error)
    }
  }

  /// All keys of a recipe file with their values.
  private static func values(_ url: URL) throws -> [String: String] {
    do {
      let text = try RecipeText(
        String(contentsOf: url, encoding: .utf8), origin: url.lastPathComponent)
      return Dictionary(text.entries.map { ($0.key, $0.value) }) { $1 }
    } catch {
      throw damaged(url, cause: error)
    }
  }

  private static func damaged(_ url: URL, cause: (any Error)? = nil) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading the run `\(url.deletingLastPathComponent().path)`",
      found: "the damaged file `\(url.lastPathComponent)`",
      advice: "Delete the run's folder and run it again: `peregrine race run`.", cause: cause)
  }
}

/// A score of a run's pictures, with everything that it depends on.
public struct RunScore: Codable, Equatable, Sendable {
  /// The name, such as `kid`.
  public var metric: String
  /// The value; lower is better.
  public var value: Double
  /// The guidance scale; 1 is no guidance.
  public var guidance: Double
  /// The seed of noise and classes.
  public var generationSeed: UInt64
  /// The number of images that the weights have seen.
  public var images: Int
  /// The protocol of the measurement.
  public var protocolRecord: [String: String]
  /// For a distance extrapolated to infinitely many pictures: the mean distances of the subsets
  /// that it was extrapolated from, by number of pictures.
  public var subsets: [SubsetDistance]?

  /// The mean distance of subsets of one size.
  public struct SubsetDistance: Codable, Equatable, Sendable {
    /// The number of pictures in a subset, and the distance.
    public var pictures: Int, distance: Double

    /// Creates a subset distance.
    public init(pictures: Int, distance: Double) {
      (self.pictures, self.distance) = (pictures, distance)
    }
  }

  /// The protocol field with the reason why a score is undefined.
  public static let unsound = "unsound"

  /// Writes the scores of a run.
  public static func write(_ scores: [RunScore], to file: URL) throws {
    try AtomicFile.write(RaceFolder.json(scores), to: file)
  }

  /// Creates a score.
  public init(
    metric: String, value: Double, guidance: Double, generationSeed: UInt64, images: Int,
    protocolRecord: [String: String]
  ) {
    (self.metric, self.value, self.guidance) = (metric, value, guidance)
    (self.generationSeed, self.images) = (generationSeed, images)
    self.protocolRecord = protocolRecord
  }

  private enum CodingKeys: String, CodingKey {
    case metric, value, guidance
    case generationSeed = "generation_seed"
    case images
    case protocolRecord = "protocol"
    case subsets
  }
}

/// The reason why a run failed permanently.
public struct RunFailure: Codable, Equatable, Sendable {
  /// The reason as text.
  public var reason: String

  /// Creates a failure.
  public init(reason: String) { self.reason = reason }

  /// Writes the failure into the run's folder.
  public func write(to run: RunLayout) throws {
    try AtomicFile.write(JSONEncoder().encode(self), to: run.failure)
  }
}
