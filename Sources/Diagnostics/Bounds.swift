/// The range of a number that comes from outside: from an option, a recipe, a record or the name of
/// a file.
///
/// Each such number is checked once, where it enters. The ranges are far above what anyone uses, and
/// so low that sums and products of a few of them stay within `Int`. The latter matters: an array
/// allocates without checking its size for overflow, so a count near `Int.max` would corrupt memory.
public struct Bounds<Value: Comparable & Sendable>: Sendable {
  /// The accepted numbers, except for the lower end if it is open.
  public let range: ClosedRange<Value>
  private let isOpenBelow: Bool

  /// Creates bounds that include both ends.
  public init(_ range: ClosedRange<Value>) { self.init(range, isOpenBelow: false) }

  private init(_ range: ClosedRange<Value>, isOpenBelow: Bool) {
    self.range = range
    self.isOpenBelow = isOpenBelow
  }

  /// The same upper end with another lower end.
  public func from(_ lower: Value) -> Bounds { Bounds(lower...max(lower, range.upperBound)) }

  /// The same ends without the lower one.
  public var above: Bounds { Bounds(range, isOpenBelow: true) }

  /// Whether a number is accepted. NaN never is.
  public func contains(_ value: Value) -> Bool {
    range.contains(value) && !(isOpenBelow && value == range.lowerBound)
  }

  /// Checks a number of a record.
  ///
  /// - Parameter place: the path of the number in the record.
  public func check(_ value: Value, _ place: String) throws(RecordFlaw) {
    guard contains(value) else {
      throw RecordFlaw(place, found: "\(value)", expected: words)
    }
  }

  /// The range for people: `1 to 16,384`, `above 0, at most 1`.
  public var words: String {
    let (low, high) = (Self.text(range.lowerBound), Self.text(range.upperBound))
    return isOpenBelow ? "above \(low), at most \(high)" : "\(low) to \(high)"
  }

  private static func text(_ value: Value) -> String {
    if let number = value as? Double { return Readable.number(number) }
    guard let number = value as? Int else { return "\(value)" }
    let digits = Array("\(number.magnitude)")
    let groups = stride(from: digits.count, to: 0, by: -3).map { end in
      String(digits[max(0, end - 3)..<end])
    }
    return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
  }
}

extension Bounds<Int> {
  /// Images or optimizer steps of a training run; any of its intervals.
  public static var images: Bounds { Bounds(0...1_000_000_000_000) }
  /// Images of a batch, in training and in sampling.
  public static var batch: Bounds { Bounds(1...65_536) }
  /// Pictures that are drawn or scored.
  public static var pictures: Bounds { Bounds(1...100_000_000) }
  /// Items of a dataset that is made here.
  public static var items: Bounds { Bounds(1...10_000_000) }
  /// Pictures of one grid.
  public static var grid: Bounds { Bounds(1...4_096) }
  /// The side of a picture, in pixels.
  public static var side: Bounds { Bounds(1...16_384) }
  /// One dimension of an item, such as its channels.
  public static var dimension: Bounds { Bounds(1...1_048_576) }
  /// The numbers of one item.
  public static var itemSize: Bounds { Bounds(1...4_294_967_296) }
  /// Classes of a dataset.
  public static var classes: Bounds { Bounds(0...1_000_000) }
  /// The number of one class.
  public static var label: Bounds { Bounds(0...classes.range.upperBound - 1) }
  /// Steps of a solver.
  public static var solverSteps: Bounds { Bounds(1...100_000) }
  /// The width of a layer.
  public static var width: Bounds { Bounds(1...16_384) }
  /// Blocks of a network.
  public static var blocks: Bounds { Bounds(1...1_000) }
  /// Threads that compute.
  public static var threads: Bounds { Bounds(1...1_024) }
  /// Threads that load data.
  public static var workers: Bounds { Bounds(1...256) }
}

extension Bounds<Double> {
  /// A share or a time.
  public static var unit: Bounds { Bounds(0...1) }
  /// A guidance scale.
  public static var guidance: Bounds { Bounds(-1_000...1_000) }
  /// A learning rate. Far too large ones diverge, which is said when it happens.
  public static var learningRate: Bounds { Bounds(0...1e15) }
  /// A factor, a rate or a weight.
  public static var factor: Bounds { Bounds(0...1_000) }
  /// Seconds of work or of waiting.
  public static var seconds: Bounds { Bounds(0...1e12) }
  /// Any finite amount, such as a number of floating-point operations.
  public static var amount: Bounds { Bounds(0...1e30) }
  /// Any finite number.
  public static var finite: Bounds {
    Bounds(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
  }
}
