/// Where a rising function reaches a value, by bisection to machine precision.
///
/// - Parameters:
///   - value: the value to reach.
///   - start: where to look first; the bracket doubles from there.
///   - function: rises from below `value` to above it.
func root(of value: Double, from start: Double = 0, _ function: (Double) -> Double) -> Double {
  var step = 1.0
  while function(start - step) > value, step < 1e300 { step *= 2 }
  var low = start - step
  step = 1
  while function(start + step) < value, step < 1e300 { step *= 2 }
  var high = start + step
  while high - low > 2e-16 * max(abs(low), abs(high), 1e-9) {
    let middle = low + (high - low) / 2
    guard middle > low, middle < high else { break }
    if function(middle) < value { low = middle } else { high = middle }
  }
  return low + (high - low) / 2
}
