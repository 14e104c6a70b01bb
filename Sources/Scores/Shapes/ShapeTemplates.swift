import Datasets

/// A mask moved to the centre and scaled to a fixed area, so that masks of any position and size
/// can be compared value by value.
struct CanonicalMask {
  /// The canonical mask is `side` pixels wide and high.
  static let side = 16
  /// Half its width, in radii of the disk with the same area.
  private static let reach = 1.75

  /// The values minus their mean, scaled to length 1.
  let values: [Float]
  /// The centre of the mask, in pixels.
  let center: (x: Double, y: Double)
  /// The sum of the mask, in pixels.
  let area: Double

  /// Moves and scales a mask of `size * size` pixels; `nil` when it is empty.
  init?(_ mask: [Float], size: Int) {
    var (area, sumX, sumY) = (0.0, 0.0, 0.0)
    for row in 0..<size {
      for column in 0..<size {
        let value = Double(mask[row * size + column])
        area += value
        sumX += value * (Double(column) + 0.5)
        sumY += value * (Double(row) + 0.5)
      }
    }
    guard area > 1 else { return nil }
    self.area = area
    center = (sumX / area, sumY / area)
    let step = 2 * Self.reach / Double(Self.side) * (area / .pi).squareRoot()
    var values: [Float] = []
    values.reserveCapacity(Self.side * Self.side)
    let first = 0.5 - Double(Self.side) / 2
    for row in 0..<Self.side {
      for column in 0..<Self.side {
        values.append(
          interpolated(
            mask, size: size, x: center.x + step * (first + Double(column)),
            y: center.y + step * (first + Double(row))))
      }
    }
    self.values = normalised(values)
  }

  /// The correlation with another mask, -1 to 1.
  func correlation(with other: CanonicalMask) -> Float { product(values, other.values) }
}

/// Every shape in all distinguishable rotations, as canonical masks.
struct ShapeTemplates {
  struct Template {
    let shape: ShapeKind
    let rotation: Double
    let mask: CanonicalMask
    /// From the centre of the drawing to the middle of its mask, in radii, down and to the right.
    let offset: (x: Double, y: Double)
    /// The area of the mask at radius 1.
    let unitArea: Double
  }

  /// The largest angle between rotations, in radians.
  private static let turn = Double.pi / 18
  private static let size = 40
  private static let radius = 0.4

  let all: [Template]

  init() {
    all = ShapeKind.allCases.flatMap { shape in
      let count = max(Int((shape.symmetry / Self.turn).rounded(.up)), 1)
      return (0..<count).compactMap { number in
        Self.template(shape, rotation: shape.symmetry * Double(number) / Double(count))
      }
    }
  }

  private static func template(_ shape: ShapeKind, rotation: Double) -> Template? {
    let drawing = shape.coverage(
      centerX: 0.5, centerY: 0.5, radius: radius, rotation: rotation, size: size)
    let unit = radius * Double(size)
    let middle = Double(size) / 2
    return CanonicalMask(drawing, size: size).map { mask in
      Template(
        shape: shape, rotation: rotation, mask: mask,
        offset: ((mask.center.x - middle) / unit, (mask.center.y - middle) / unit),
        unitArea: mask.area / (unit * unit))
    }
  }
}

/// The correlation of two masks, or of any two lists of equal length; 0 where one is constant.
func correlation(_ first: [Float], _ second: [Float]) -> Double {
  Double(product(normalised(first), normalised(second)))
}

/// The values minus their mean, scaled to length 1; zeros when they are all equal.
private func normalised(_ values: [Float]) -> [Float] {
  let mean = values.reduce(0, +) / Float(values.count)
  let length = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
  return values.map { length > 1e-6 ? ($0 - mean) / length : 0 }
}

private func product(_ first: [Float], _ second: [Float]) -> Float {
  first.withUnsafeBufferPointer { first in
    second.withUnsafeBufferPointer { second in
      var sum: Float = 0
      for position in 0..<min(first.count, second.count) {
        sum += first[position] * second[position]
      }
      return sum
    }
  }
}

/// Interpolates the mask between pixel centres; 0 outside.
private func interpolated(_ mask: [Float], size: Int, x: Double, y: Double) -> Float {
  let (left, top) = ((x - 0.5).rounded(.down), (y - 0.5).rounded(.down))
  let (shareX, shareY) = (Float(x - 0.5 - left), Float(y - 0.5 - top))
  func value(_ column: Int, _ row: Int) -> Float {
    column >= 0 && row >= 0 && column < size && row < size ? mask[row * size + column] : 0
  }
  let (column, row) = (Int(left), Int(top))
  let upper = value(column, row) * (1 - shareX) + value(column + 1, row) * shareX
  let lower = value(column, row + 1) * (1 - shareX) + value(column + 1, row + 1) * shareX
  return upper * (1 - shareY) + lower * shareY
}
