/// One side of a benchmark: repeats its work and reports the time of each repetition.
public protocol Contender: AnyObject {
  /// Its name in tables, such as `fused` or `torch compile`.
  var name: String { get }
  /// Does the work `count` times; returns the seconds of each.
  func measure(_ count: Int) throws -> [Double]
  /// Its peak memory since ``forgetPeakMemory()``; `nil` where the system does not report it.
  var peakMemoryBytes: Int? { get }
  /// Resets the peak memory.
  func forgetPeakMemory()
}
