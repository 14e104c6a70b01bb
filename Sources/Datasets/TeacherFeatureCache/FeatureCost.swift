import Diagnostics

/// The cost of computing features, for a complete account of a run's costs.
///
/// It is independent of the features themselves: two caches with different costs may have the same
/// content.
public struct FeatureCost: Sendable, Codable, Equatable {
  /// The time of the network, including the preparation of pictures.
  public var seconds: Double
  /// The number of pictures processed; mirrored ones count separately.
  public var pictures: Int

  /// Creates a cost from its parts.
  public init(seconds: Double = 0, pictures: Int = 0) {
    self.seconds = seconds
    self.pictures = pictures
  }

  /// The sum of both costs.
  public static func + (a: FeatureCost, b: FeatureCost) -> FeatureCost {
    FeatureCost(seconds: a.seconds + b.seconds, pictures: a.pictures + b.pictures)
  }
  /// The cost in words: time, forward passes and FLOPs.
  ///
  /// - Parameter flopsPerPicture: floating-point operations (one multiply-add counts as two) of one
  ///   forward pass.
  public func text(flopsPerPicture: Double) -> String {
    "\(Readable.duration(seconds)) for \(Readable.count(pictures)) pictures, "
      + Readable.quantity(flopsPerPicture * Double(pictures), "FLOP")
  }
}
