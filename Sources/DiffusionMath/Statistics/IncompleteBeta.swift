import Foundation

/// The regularised incomplete beta function `I_x(a, b)`, by Lentz's continued fraction.
///
/// - Source: NIST Digital Library of Mathematical Functions, 8.17.22.
/// - Parameters:
///   - a: above 0.
///   - b: above 0.
///   - x: from 0 to 1.
///   - complement: `1 − x`, for callers that know it with more digits.
func regularizedIncompleteBeta(_ a: Double, _ b: Double, _ x: Double, complement: Double)
  -> Double
{
  if x <= 0 { return 0 }
  if complement <= 0 { return 1 }
  // The continued fraction converges fast on this side of the mean.
  if x > (a + 1) / (a + b + 2) {
    return 1 - regularizedIncompleteBeta(b, a, complement, complement: x)
  }
  let front = exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(complement) - log(a))
  let tiny = 1e-300
  var c = 1.0
  var d = 1 - (a + b) * x / (a + 1)
  d = 1 / (abs(d) < tiny ? tiny : d)
  var fraction = d
  for m in 1...10_000 {
    let m = Double(m)
    for numerator in [
      m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
      -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
    ] {
      d = 1 + numerator * d
      d = 1 / (abs(d) < tiny ? tiny : d)
      c = 1 + numerator / c
      if abs(c) < tiny { c = tiny }
      fraction *= c * d
    }
    if abs(c * d - 1) < 1e-16 { break }
  }
  return front * fraction
}

/// The logarithm of the gamma function of a positive number.
func logGamma(_ x: Double) -> Double { lgamma(x).0 }
