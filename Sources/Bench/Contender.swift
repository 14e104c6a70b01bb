/// One side of a benchmark: repeats its work and tells how long each time took.
public protocol Contender: AnyObject {
  /// How it is called in tables, such as `fused` or `torch compile`.
  var name: String { get }
  /// Does the work `count` times; the seconds of each.
  func measure(_ count: Int) throws -> [Double]
  /// The most memory it held since ``forgetPeakMemory()``; `nil` where the system does not tell.
  var peakMemoryBytes: Int? { get }
  /// Begins to watch its memory anew.
  func forgetPeakMemory()
}
