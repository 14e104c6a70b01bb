import Foundation
import Pictures

extension ShapeKind {
  /// The share of each pixel that the shape covers, 0 to 1, row-major, `size * size` values.
  ///
  /// Anti-aliased with the exact distance between each pixel's centre and the outline.
  ///
  /// - Parameters:
  ///   - centerX, centerY, radius: fractions of the side, as in ``ShapeFactors``.
  ///   - rotation: counter-clockwise, in radians.
  public func coverage(
    centerX: Double, centerY: Double, radius: Double, rotation: Double, size: Int
  ) -> [Float] {
    let shape = PlacedShape(
      kind: self, centerX: centerX, centerY: centerY, radius: radius, rotation: rotation,
      size: size)
    return (0..<size * size).map { shape.coverage(row: $0 / size, column: $0 % size) }
  }
}

/// A shape at its place in a picture.
private struct PlacedShape {
  private let kind: ShapeKind
  private let center: (x: Double, y: Double)
  private let unit: Double
  private let reach: Double
  private let sine: Double
  private let cosine: Double

  init(
    kind: ShapeKind, centerX: Double, centerY: Double, radius: Double, rotation: Double, size: Int
  ) {
    let side = Double(size)
    self.kind = kind
    center = (centerX * side, centerY * side)
    unit = radius * side
    reach = 1 + 1 / unit
    (sine, cosine) = (sin(rotation), cos(rotation))
  }

  /// The share of a pixel that the shape covers, 0 to 1.
  func coverage(row: Int, column: Int) -> Float {
    let up = (center.y - Double(row) - 0.5) / unit
    let right = (Double(column) + 0.5 - center.x) / unit
    guard right * right + up * up < reach * reach else { return 0 }
    let away = kind.distance(cosine * right + sine * up, cosine * up - sine * right)
    return Float(min(max(0.5 - away * unit, 0), 1))
  }
}

extension ShapeFactors.Background {
  /// The colour at a pixel's centre, whose position is given as fractions of the side.
  func color(x: Double, y: Double) -> SIMD3<Double> {
    let (dx, dy) = (cos(angle), sin(angle))
    let along = 0.5 + ((x - 0.5) * dx + (y - 0.5) * dy) / (abs(dx) + abs(dy))
    return start + (end - start) * along
  }
}

extension ShapesDataset {
  /// Draws the picture that the factors describe, at the dataset's size.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if it does not fit into memory.
  public func draw(_ factors: ShapeFactors) throws -> Picture {
    let shape = PlacedShape(
      kind: factors.shape, centerX: factors.centerX, centerY: factors.centerY,
      radius: factors.radius, rotation: factors.rotation, size: size)
    let ink = factors.color.rgb
    // The gradient is linear, so a step to the right and a step down each add a constant.
    let step = 1 / Double(size)
    let corner = factors.background.color(x: step / 2, y: step / 2)
    let right = factors.background.color(x: step * 1.5, y: step / 2) - corner
    let down = factors.background.color(x: step / 2, y: step * 1.5) - corner
    return try Picture(width: size, height: size, doing: "drawing") { target in
      for row in 0..<size {
        for column in 0..<size {
          let covered = Double(shape.coverage(row: row, column: column))
          let behind = corner + right * Double(column) + down * Double(row)
          let color = behind + (ink - behind) * covered
          for channel in 0..<3 {
            target[3 * (row * size + column) + channel] =
              UInt8(min(max(color[channel], 0), 255).rounded())
          }
        }
      }
    }
  }
}
