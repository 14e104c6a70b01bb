import Diagnostics
import FileAccess
import Foundation
import RunFiles
import Telemetry

/// What the folder of one run says: read from its files, nothing computed anew.
public struct RunObservation: Codable, Equatable, Sendable {
  /// Which run of the race.
  public var run: PlannedRun
  /// Its folder's name.
  public var folder: String
  /// How it ended.
  public var state: State
  /// Images trained on, at the last line of the log.
  public var images: Int
  /// Seconds of training by its own clock.
  public var trainSeconds: Double?
  /// Seconds by its own clock and by account: `training`, which is charged, and `evaluation`, `checkpoint`
  /// and `setup`, which are shown; empty without a checkpoint.
  public var accounts: [String: Double]
  /// The held-out loss at its end.
  public var heldOutLoss: Double?
  /// What its pictures scored.
  public var scores: [RunScore]
  /// The learning rate over images, as logged.
  public var learningRates: [RatePoint]
  /// Every key of the recipe that it was trained with.
  public var values: [String: String]
  /// The machine and software that trained it.
  public var environment: EnvironmentRecord?
  /// How fast the machine was around it; missing for one that was interrupted.
  public var speed: SpeedBracket?

  /// How a run ended.
  public enum State: Codable, Equatable, Sendable {
    case finished
    /// It diverged or broke for good; it stays in the table as one that did not reach the target.
    case failed(String)
    /// It is not there, or not at its end.
    case unfinished
  }

  /// A learning rate.
  public struct RatePoint: Codable, Equatable, Sendable {
    /// Images seen.
    public var images: Int
    /// The rate of the next step.
    public var rate: Double
  }

  /// Reads a run.
  ///
  /// - Parameter scores: the key of the scores that the race asks for.
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
      // A run of a sampler has nothing but scores.
      let end = validation?.images ?? (records.isEmpty ? scores.last?.images : nil)
      state = end == run.images ? .finished : .unfinished
    }
  }

  /// A metric, the mean over generation seeds; infinity for a run that failed.
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

  /// What the newest checkpoint's clock says.
  private static func accounts(of layout: RunLayout) throws -> [String: Double] {
    struct Progress: Decodable { let clock: RunClock }
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
      return try RaceFolder.decoder.decode(Value.self, from: Data(contentsOf: url))
    } catch {
      throw damaged(url, cause: error)
    }
  }

  /// Every key of a recipe's file with its value.
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

/// A score of what a run draws, with everything that it depends on.
public struct RunScore: Codable, Equatable, Sendable {
  /// Its name, such as `kid`.
  public var metric: String
  /// Lower is better.
  public var value: Double
  /// The guidance scale; 1 is none.
  public var guidance: Double
  /// The seed of noise and classes.
  public var generationSeed: UInt64
  /// The images that the weights have seen.
  public var images: Int
  /// How it was measured.
  public var protocolRecord: [String: String]
  /// For a distance of infinitely many pictures: those of subsets that it was read off, mean distances by
  /// numbers of pictures.
  public var subsets: [SubsetDistance]?

  /// The distance of some of the pictures.
  public struct SubsetDistance: Codable, Equatable, Sendable {
    /// How many, and how far.
    public var pictures: Int, distance: Double

    /// A distance.
    public init(pictures: Int, distance: Double) {
      (self.pictures, self.distance) = (pictures, distance)
    }
  }

  /// The field of the protocol that says why a score is no number.
  public static let unsound = "unsound"

  /// Writes the scores of a run.
  public static func write(_ scores: [RunScore], to file: URL) throws {
    try AtomicFile.write(RaceFolder.json(scores), to: file)
  }

  /// A score.
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

/// Why a run ended for good before its end.
public struct RunFailure: Codable, Equatable, Sendable {
  /// In words.
  public var reason: String

  /// A failure.
  public init(reason: String) { self.reason = reason }

  /// Writes it into the run's folder.
  public func write(to run: RunLayout) throws {
    try AtomicFile.write(JSONEncoder().encode(self), to: run.failure)
  }
}
