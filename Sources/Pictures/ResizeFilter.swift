import Foundation

/// How ``Picture/resized(width:height:filter:)`` weights source pixels, as in Pillow.
public enum ResizeFilter: String, Sendable, CaseIterable {
  /// The mean of the covered pixels.
  case box
  /// Cubic convolution with a = −0.5.
  case bicubic
  /// Windowed sinc over three lobes.
  case lanczos

  /// The radius of the filter, in source pixels at scale 1.
  var support: Double {
    switch self {
    case .box: 0.5
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight at distance `x`.
  func weight(_ x: Double) -> Double {
    switch self {
    case .box:
      return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bicubic:
      let a = -0.5
      let x = abs(x)
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    case .lanczos:
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0
    }
  }

  private func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sin(x * .pi) / (x * .pi)
  }
}
