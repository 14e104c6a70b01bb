/// The sides of the inputs that a feature network can work with.
///
/// Smaller ones end, somewhere in the network, in a feature map without positions.
public struct InputSides: Sendable, Equatable {
  /// The smallest side.
  public var least: Int
  /// All sides are multiples of this one.
  public var step: Int

  /// Sides from `least` on.
  public init(from least: Int = 1) { (self.least, step) = (least, 1) }

  /// The multiples of `step`.
  public init(multiplesOf step: Int) { (least, self.step) = (step, step) }

  /// Whether a side is one of them.
  public func contains(_ side: Int) -> Bool { side >= least && side % step == 0 }

  /// The sides up to a limit in words: "a number from 35 to 4096".
  func words(upTo limit: Int) -> String {
    step == 1 ? "a number from \(least) to \(limit)" : "a multiple of \(step) up to \(limit)"
  }

  /// The sides in words: "sides of at least 35".
  var words: String { step == 1 ? "sides of at least \(least)" : "sides in multiples of \(step)" }
}
