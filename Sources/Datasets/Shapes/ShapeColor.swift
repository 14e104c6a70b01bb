import Foundation

/// The palette of ``ShapesDataset``: ten colours that people can easily distinguish and name.
public enum ShapeColor: String, Sendable, Codable, CaseIterable {
  case red, orange, yellow, green, cyan, blue, purple, pink, brown, white

  /// Red, green and blue, 0 to 255.
  public var rgb: SIMD3<Double> {
    switch self {
    case .red: SIMD3(222, 36, 43)
    case .orange: SIMD3(249, 128, 14)
    case .yellow: SIMD3(252, 212, 30)
    case .green: SIMD3(32, 152, 62)
    case .cyan: SIMD3(22, 190, 206)
    case .blue: SIMD3(32, 84, 222)
    case .purple: SIMD3(128, 48, 190)
    case .pink: SIMD3(246, 108, 178)
    case .brown: SIMD3(128, 74, 38)
    case .white: SIMD3(250, 250, 250)
    }
  }

  /// The palette colour that looks most similar to red, green, blue from 0 to 255.
  public static func nearest(to rgb: SIMD3<Double>) -> ShapeColor {
    let target = perceived(rgb)
    return allCases.min {
      distance(perceived($0.rgb), target) < distance(perceived($1.rgb), target)
    } ?? .white
  }
}

/// Converts red, green, blue (0 to 255, sRGB) to a space where distance measures how different
/// colours look.
///
/// - Source: B. Ottosson 2020, "A perceptual color space for image processing" (Oklab).
func perceived(_ rgb: SIMD3<Double>) -> SIMD3<Double> {
  func linear(_ value: Double) -> Double {
    let value = min(max(value / 255, 0), 1)
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }
  let (r, g, b) = (linear(rgb.x), linear(rgb.y), linear(rgb.z))
  let long = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  let middle = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  let short = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return SIMD3(
    0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
    1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short)
}

/// The perceived difference of two colours; black to white is 1.
func distance(_ first: SIMD3<Double>, _ second: SIMD3<Double>) -> Double {
  let difference = first - second
  return (difference * difference).sum().squareRoot()
}
