import Diagnostics

/// One line of a run's `metrics.jsonl`.
///
/// Fields that are `nil` are left out of the line. Numbers that JSON cannot represent are written
/// as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, so that a diverged run can be
/// recognised.
public struct MetricRecord: Codable, Sendable, Equatable, CheckedRecord {
  /// The kind of a line.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// Training since the last such line: loss, terms, rate, memory, time bins.
    case train
    /// Loss on held-out data with fixed noise and times.
    case validation
    /// A grid of samples was written; `file` names it.
    case samples
    /// A score (`name`, `value`, `low`, `high`, `count`) and its protocol.
    case score
    /// A message, in `text`.
    case note
  }

  /// The kind of this line.
  public var kind: Kind
  /// Training images seen when the line was written.
  public var images: Int
  /// Optimizer steps taken when the line was written.
  public var step: Int
  /// The mean total loss.
  public var loss: Double?
  /// The mean of each term of the loss, by its name.
  public var terms: [String: Double]?
  /// The mean norm of the gradient before clipping.
  public var gradientNorm: Double?
  /// The learning rate of the last step.
  public var learningRate: Double?
  /// Images per second of training time.
  public var imagesPerSecond: Double?
  /// Training time of the whole run so far, in seconds; evaluation is not part of it.
  public var trainSeconds: Double?
  /// Resident memory of the process (or memory of the device), in bytes.
  public var memoryBytes: Int?
  /// Mean loss for ten equal bins of t in [0, 1] (0 = data, 1 = noise); `nil` for an empty bin.
  public var timeBins: [Double?]?
  /// A file of the run folder, relative to it.
  public var file: String?
  /// The name of a score.
  public var name: String?
  /// The value of a score.
  public var value: Double?
  /// The lower end of the score's interval.
  public var low: Double?
  /// The upper end of the score's interval.
  public var high: Double?
  /// The number of pictures that the score was computed from.
  public var count: Int?
  /// How the score was measured; the key is `protocol`.
  public var protocolRecord: [String: String]?
  /// A note for people.
  public var text: String?

  private enum CodingKeys: String, CodingKey {
    case kind, images, step, loss, terms
    case gradientNorm = "gradient_norm"
    case learningRate = "learning_rate"
    case imagesPerSecond = "images_per_second"
    case trainSeconds = "train_seconds"
    case memoryBytes = "memory_bytes"
    case timeBins = "time_bins"
    case file, name, value, low, high, count
    case protocolRecord = "protocol"
    case text
  }

  /// Checks the numbers of a line that was read from a file.
  public func check() throws(RecordFlaw) {
    try Bounds.images.check(images, "images")
    try Bounds.images.check(step, "step")
    try Bounds(0...1 << 60).check(memoryBytes ?? 0, "memory_bytes")
    try Bounds.images.check(count ?? 0, "count")
    try Bounds(0...1_000).check(timeBins?.count ?? 0, "time_bins")
  }

  /// Creates a record; fields that are not given are left out of the line.
  public init(
    kind: Kind, images: Int, step: Int, loss: Double? = nil, terms: [String: Double]? = nil,
    gradientNorm: Double? = nil, learningRate: Double? = nil, imagesPerSecond: Double? = nil,
    trainSeconds: Double? = nil, memoryBytes: Int? = nil, timeBins: [Double?]? = nil,
    file: String? = nil, name: String? = nil, value: Double? = nil, low: Double? = nil,
    high: Double? = nil, count: Int? = nil, protocolRecord: [String: String]? = nil,
    text: String? = nil
  ) {
    self.kind = kind
    self.images = images
    self.step = step
    self.loss = loss
    self.terms = terms
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
    self.imagesPerSecond = imagesPerSecond
    self.trainSeconds = trainSeconds
    self.memoryBytes = memoryBytes
    self.timeBins = timeBins
    self.file = file
    self.name = name
    self.value = value
    self.low = low
    self.high = high
    self.count = count
    self.protocolRecord = protocolRecord
    self.text = text
  }
}
