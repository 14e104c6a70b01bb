import Diagnostics

/// How long a run will still take on this machine, from a measured rate of training.
public struct RemainingTime: Equatable, Sendable {
  /// Images per second of training, without validation, previews and scores.
  public let imagesPerSecond: Double
  /// The number of images already seen.
  public let imagesSeen: Int
  /// The total number of images to be seen.
  public let totalImages: Int
  /// The device that trains, such as `cpu`.
  public let device: String

  /// Creates a measured rate with what is left to do.
  public init(imagesPerSecond: Double, imagesSeen: Int, totalImages: Int, device: String) {
    (self.imagesPerSecond, self.device) = (imagesPerSecond, device)
    (self.imagesSeen, self.totalImages) = (imagesSeen, totalImages)
  }

  /// The time until the last image, in seconds.
  public var seconds: Double { Double(totalImages - imagesSeen) / imagesPerSecond }

  /// What a user should know before waiting for more than an hour: how long it will take, and the
  /// setting that ends after about an hour. `nil` for shorter runs.
  public var notice: String? {
    guard seconds > 3_600 else { return nil }
    let left = imagesSeen == 0 ? "" : "the other "
    var text =
      "This will take about \(Readable.duration(seconds)) on \(device): "
      + "\(left)\(Readable.count(totalImages - imagesSeen)) images "
      + "at \(Readable.number(imagesPerSecond, digits: 3)) images/s. "
      + "With `--set training.images=\(imagesInAnHour)` it ends after about an hour"
    text += device == "cpu" ? "; on a GPU (`./peregrine setup --cuda`) it is much faster." : "."
    return text
  }

  /// The number of images after an hour, rounded down to two digits.
  private var imagesInAnHour: Int {
    var images = imagesSeen + max(1, Int(imagesPerSecond * 3_600))
    var unit = 1
    while images >= 100 { (images, unit) = (images / 10, unit * 10) }
    return max(images * unit, imagesSeen + 1)
  }
}

/// Measures the rate of the first steps of a process, once they have taken five seconds. The first
/// step is left out, because it includes what is prepared only once.
struct FirstPace {
  private static let seconds = 5.0
  private var start: (images: Int, seconds: Double)?
  /// Whether the rate is known.
  var isKnown = false

  /// Counts a step.
  ///
  /// - Parameters:
  ///   - images: the number of images that the run has seen.
  ///   - seconds: the time that it has spent on training.
  /// - Returns: images per second, once there is enough to measure.
  mutating func countStep(images: Int, seconds: Double) -> Double? {
    guard let start else {
      start = (images, seconds)
      return nil
    }
    let elapsed = seconds - start.seconds
    guard elapsed >= Self.seconds else { return nil }
    return Double(images - start.images) / elapsed
  }
}
