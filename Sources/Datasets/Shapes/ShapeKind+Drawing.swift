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
    let side = Double(size)
    let (sine, cosine) = (sin(rotation), cos(rotation))
    let unit = radius * side
    let reach = 1 + 1 / unit
    return [Float](unsafeUninitializedCapacity: size * size) { target, written in
      for row in 0..<size {
        let up = (centerY * side - Double(row) - 0.5) / unit
        for column in 0..<size {
          let right = (Double(column) + 0.5 - centerX * side) / unit
          var covered = 0.0
          if right * right + up * up < reach * reach {
            let away = distance(cosine * right + sine * up, cosine * up - sine * right)
            covered = min(max(0.5 - away * unit, 0), 1)
          }
          target[row * size + column] = Float(covered)
        }
      }
      written = size * size
    }
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
  public func draw(_ factors: ShapeFactors) -> Picture {
    let mask = factors.shape.coverage(
      centerX: factors.centerX, centerY: factors.centerY, radius: factors.radius,
      rotation: factors.rotation, size: size)
    let ink = factors.color.rgb
    // The gradient is linear, so a step to the right and a step down each add a constant.
    let step = 1 / Double(size)
    let corner = factors.background.color(x: step / 2, y: step / 2)
    let right = factors.background.color(x: step * 1.5, y: step / 2) - corner
    let down = factors.background.color(x: step / 2, y: step * 1.5) - corner
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * size * size) { target, written in
      for row in 0..<size {
        for column in 0..<size {
          let covered = Double(mask[row * size + column])
          let behind = corner + right * Double(column) + down * Double(row)
          let color = behind + (ink - behind) * covered
          for channel in 0..<3 {
            target[3 * (row * size + column) + channel] =
              UInt8(min(max(color[channel], 0), 255).rounded())
          }
        }
      }
      written = 3 * size * size
    }
    return Picture(width: size, height: size, pixels: pixels)
  }
}
