import Foundation
import Pictures

extension Picture {
  /// The peak signal-to-noise ratio (PSNR) in decibels: 10 log₁₀ (255² / mean squared difference).
  ///
  /// Infinite for equal pictures.
  /// - Throws: `.shapeMismatch` for pictures of different sizes.
  public func signalToNoise(against original: Picture) throws -> Double {
    let pair = try PicturePair(self, original, doing: "computing the signal-to-noise ratio")
    let mean = pair.sum { ($0 - $1) * ($0 - $1) } / Double(pixels.count)
    return mean > 0 ? 10 * log10(255 * 255 / mean) : .infinity
  }

  /// The sum of the absolute differences of all channels, divided by the sum of the original's
  /// channels.
  ///
  /// Infinite when only the original is black, 0 when both are.
  /// - Throws: `.shapeMismatch` for pictures of different sizes.
  public func relativeL1(against original: Picture) throws -> Double {
    let pair = try PicturePair(self, original, doing: "computing the relative difference")
    let difference = pair.sum { abs($0 - $1) }
    return difference > 0 ? difference / pair.sum { $1 } : 0
  }
}
