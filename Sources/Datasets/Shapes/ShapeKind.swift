import Foundation

/// The eight classes of ``ShapesDataset``, in label order.
///
/// Every shape is defined by its signed distance in a coordinate system where it fits into the unit
/// circle around the origin, and up is positive.
public enum ShapeKind: String, Sendable, Codable, CaseIterable {
  case disk, ring, square, triangle, star, cross, crescent, heart

  /// The class number.
  public var label: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// The smallest rotation after which the shape looks the same, in radians; 0 when it looks the
  /// same after any rotation.
  public var symmetry: Double {
    switch self {
    case .disk, .ring: 0
    case .square, .cross: .pi / 2
    case .triangle: 2 * .pi / 3
    case .star: 2 * .pi / 5
    case .crescent, .heart: 2 * .pi
    }
  }

  /// The distance from (`x`, `y`) to the outline: negative inside, positive outside.
  public func distance(_ x: Double, _ y: Double) -> Double {
    switch self {
    case .disk: (x * x + y * y).squareRoot() - 0.86
    case .ring: abs((x * x + y * y).squareRoot() - 0.72) - 0.2
    case .square, .triangle, .star, .cross: polygonDistance(outline, x, y)
    case .crescent: crescentDistance(x + 0.08, y)
    case .heart: heartDistance(x / 1.46, y / 1.46 + 0.54) * 1.46
    }
  }

  /// The corners of the shapes that have corners.
  private var outline: [SIMD2<Double>] {
    switch self {
    case .square: Self.squareOutline
    case .triangle: Self.triangleOutline
    case .star: Self.starOutline
    default: Self.crossOutline
    }
  }

  private static let squareOutline = [(-1, -1), (1, -1), (1, 1), (-1, 1)].map {
    SIMD2(0.7 * $0.0, 0.7 * $0.1)
  }
  private static let triangleOutline = (0..<3).map { corner in
    onCircle(1, turn: Double(corner) / 3)
  }
  private static let starOutline = (0..<10).map { corner in
    onCircle(corner % 2 == 0 ? 1 : 0.42, turn: Double(corner) / 10)
  }
  private static let crossOutline: [SIMD2<Double>] = {
    let (long, short) = (0.92, 0.28)
    return (0..<4).flatMap { quarter -> [SIMD2<Double>] in
      let (sine, cosine) = [(0.0, 1.0), (1, 0), (0, -1), (-1, 0)][quarter]
      return [(-short, long), (short, long), (short, short)].map { x, y in
        SIMD2(cosine * x + sine * y, cosine * y - sine * x)
      }
    }
  }()

  private static func onCircle(_ radius: Double, turn: Double) -> SIMD2<Double> {
    SIMD2(radius * sin(2 * .pi * turn), radius * cos(2 * .pi * turn))
  }
}

/// The exact signed distance to a polygon.
///
/// - Source: I. Quilez, "2D distance functions", `sdPolygon`.
private func polygonDistance(_ corners: [SIMD2<Double>], _ x: Double, _ y: Double) -> Double {
  var squared = Double.infinity
  var inside = false
  var previous = corners[corners.count - 1]
  for corner in corners {
    let edgeX = previous.x - corner.x
    let edgeY = previous.y - corner.y
    let fromX = x - corner.x
    let fromY = y - corner.y
    let along = (fromX * edgeX + fromY * edgeY) / (edgeX * edgeX + edgeY * edgeY)
    let nearest = min(max(along, 0), 1)
    let awayX = fromX - edgeX * nearest
    let awayY = fromY - edgeY * nearest
    squared = min(squared, awayX * awayX + awayY * awayY)
    if (corner.y > y) != (previous.y > y), x < edgeX * fromY / edgeY + corner.x { inside.toggle() }
    previous = corner
  }
  return (inside ? -1 : 1) * squared.squareRoot()
}

/// The exact signed distance to a disk of radius 0.92 minus a disk of radius 0.74 to its right.
///
/// - Source: I. Quilez, "2D distance functions", `sdMoon`.
private func crescentDistance(_ x: Double, _ y: Double) -> Double {
  let (outer, inner, offset) = (0.92, 0.74, 0.44)
  let y = abs(y)
  let tipX = (outer * outer - inner * inner + offset * offset) / (2 * offset)
  let tipY = (outer * outer - tipX * tipX).squareRoot()
  if offset * (x * tipY - y * tipX) > offset * offset * max(tipY - y, 0) {
    return ((x - tipX) * (x - tipX) + (y - tipY) * (y - tipY)).squareRoot()
  }
  return max(
    (x * x + y * y).squareRoot() - outer,
    inner - ((x - offset) * (x - offset) + y * y).squareRoot())
}

/// The exact signed distance to a heart that stands on the origin and is 1.1 high.
///
/// - Source: I. Quilez, "2D distance functions", `sdHeart`.
private func heartDistance(_ x: Double, _ y: Double) -> Double {
  let x = abs(x)
  if x + y > 1 {
    return ((x - 0.25) * (x - 0.25) + (y - 0.75) * (y - 0.75)).squareRoot() - 2.0.squareRoot() / 4
  }
  let onEdge = 0.5 * max(x + y, 0)
  let squared = min(
    x * x + (y - 1) * (y - 1), (x - onEdge) * (x - onEdge) + (y - onEdge) * (y - onEdge))
  return (x > y ? 1 : -1) * squared.squareRoot()
}
