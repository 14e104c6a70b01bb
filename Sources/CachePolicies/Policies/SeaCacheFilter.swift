import Foundation

/// The spectral filter in front of SeaCache's measure: what a denoiser lets through at a noise level.
public enum SeaCacheFilter {
  /// The gain at a frequency along one axis: (1 - σ) P / ((1 - σ)² P + σ²) with the spectrum of natural
  /// signals P = |f|^-p, computed as (1 - σ) / ((1 - σ)² + σ² |f|^p), which holds at f = 0 too.
  ///
  /// The gains of the axes are multiplied and then divided by their mean over all frequencies.
  ///
  /// - Parameters:
  ///   - frequency: the frequency in cycles per sample, as of `fftfreq`, from -0.5 to 0.5.
  ///   - sigma: the noise level: 0 is data, 1 is noise.
  ///   - power: the exponent p; 3 for video.
  /// - Source: SeaCache, arXiv 2602.18993, as proposed for huggingface/diffusers (#14663).
  /// - Departs: pure noise (σ = 1) has the gain 0 at every frequency, where the formula is 0 / 0 at f = 0.
  public static func gain(frequency: Double, sigma: Double, power: Double = 3) -> Double {
    let signal = 1 - sigma
    guard signal != 0 else { return 0 }
    return signal / (signal * signal + sigma * sigma * pow(abs(frequency), power))
  }
}
