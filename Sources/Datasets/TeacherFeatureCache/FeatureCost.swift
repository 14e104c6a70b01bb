import Diagnostics

/// What it took to compute features, for a ledger of all costs of a run.
///
/// Says nothing about what the features are: two caches of different cost may hold the same.
public struct FeatureCost: Sendable, Codable, Equatable {
  /// The time the network took, preparation of pictures included.
  public var seconds: Double
  /// The pictures it was shown, mirrored ones counted again.
  public var pictures: Int

  /// A cost from its parts.
  public init(seconds: Double = 0, pictures: Int = 0) {
    self.seconds = seconds
    self.pictures = pictures
  }

  /// Both costs together.
  public static func + (a: FeatureCost, b: FeatureCost) -> FeatureCost {
    FeatureCost(seconds: a.seconds + b.seconds, pictures: a.pictures + b.pictures)
  }
  /// The cost in words: time, forward passes and arithmetic.
  ///
  /// - Parameter flopsPerPicture: multiply-adds counted twice, of one forward pass.
  public func text(flopsPerPicture: Double) -> String {
    "\(Readable.duration(seconds)) for \(Readable.count(pictures)) pictures, "
      + Readable.quantity(flopsPerPicture * Double(pictures), "FLOP")
  }
}
