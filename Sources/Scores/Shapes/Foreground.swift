import Pictures

/// The foreground of a square picture.
///
/// The background is the plane, per colour channel, that fits the border best. Pixels that do not
/// fit are left out of a second fit. The pixels that differ most from the background give the
/// foreground's colour.
struct Foreground {
  /// Differences smaller than this, on a scale of 255, do not count as foreground.
  private static let leastContrast = 12.0

  let size: Int
  /// The position of each pixel between the background (0) and the foreground's colour (1),
  /// including noise.
  let coverage: [Float]
  /// Red, green and blue, 0 to 255.
  let color: SIMD3<Double>

  /// Separates a picture; `nil` when it has no foreground.
  init?(_ picture: Picture) {
    precondition(picture.width == picture.height, "The reader crops pictures to squares.")
    let size = picture.width
    let pixels = (0..<(size * size)).map { position in
      SIMD3(
        Double(picture.pixels[3 * position]), Double(picture.pixels[3 * position + 1]),
        Double(picture.pixels[3 * position + 2]))
    }
    let background = Plane(border: pixels, size: size)
    let differences = pixels.indices.map { pixels[$0] - background.color(at: $0) }
    let lengths = differences.map { ($0 * $0).sum().squareRoot() }
    let strongest = lengths.sorted(by: >).prefix(max(size * size / 50, 1))
    let contrast = strongest.reduce(0, +) / Double(strongest.count)
    guard contrast >= Self.leastContrast else { return nil }
    let core = lengths.indices.filter { lengths[$0] >= 0.7 * contrast }
    let color = core.reduce(SIMD3<Double>()) { $0 + pixels[$1] } / Double(core.count)
    self.size = size
    self.color = color
    coverage = pixels.indices.map { position in
      let direction = color - background.color(at: position)
      let along = (differences[position] * direction).sum() / max((direction * direction).sum(), 1)
      return Float(min(max(along, -1), 2))
    }
  }

  /// The coverage of the largest connected part and one pixel around it, from 0 to 1.
  var mainPart: [Float] {
    let part = largestPart(of: coverage.map { $0 > 0.5 })
    var mask = [Float](repeating: 0, count: coverage.count)
    for position in part {
      let (row, column) = (position / size, position % size)
      for y in max(row - 1, 0)...min(row + 1, size - 1) {
        for x in max(column - 1, 0)...min(column + 1, size - 1) {
          mask[y * size + x] = min(max(coverage[y * size + x], 0), 1)
        }
      }
    }
    return mask
  }

  private func largestPart(of isInside: [Bool]) -> [Int] {
    var isOpen = isInside
    var largest: [Int] = []
    for start in isOpen.indices where isOpen[start] {
      isOpen[start] = false
      var part = [start]
      var next = 0
      while next < part.count {
        let position = part[next]
        next += 1
        let column = position % size
        let beside = [
          column > 0 ? position - 1 : -1, column < size - 1 ? position + 1 : -1,
          position - size, position + size,
        ]
        for other in beside where isOpen.indices.contains(other) && isOpen[other] {
          isOpen[other] = false
          part.append(other)
        }
      }
      if part.count > largest.count { largest = part }
    }
    return largest
  }
}

/// A colour that changes linearly over the picture.
private struct Plane {
  private let size: Int
  private var level = SIMD3<Double>()
  private var right = SIMD3<Double>()
  private var down = SIMD3<Double>()

  /// The plane through the two outermost pixels on each side.
  init(border pixels: [SIMD3<Double>], size: Int) {
    self.size = size
    let border = pixels.indices.filter { position in
      let (row, column) = (position / size, position % size)
      return min(row, column) < 2 || max(row, column) >= size - 2
    }
    fit(pixels, at: border)
    for _ in 0..<2 {
      let errors = border.map { position in
        let error = pixels[position] - color(at: position)
        return (error * error).sum().squareRoot()
      }
      let limit = 2.5 * errors.sorted()[errors.count / 2] + 4
      fit(pixels, at: zip(border, errors).filter { $0.1 <= limit }.map(\.0))
    }
  }

  func color(at position: Int) -> SIMD3<Double> {
    let (x, y) = place(position)
    return level + right * x + down * y
  }

  /// Coordinates right and down from the middle, from -1 to 1.
  private func place(_ position: Int) -> (x: Double, y: Double) {
    let half = Double(size) / 2
    return (
      (Double(position % size) + 0.5) / half - 1, (Double(position / size) + 0.5) / half - 1
    )
  }

  /// Least squares: first the mean, then both slopes together on the residuals.
  private mutating func fit(_ pixels: [SIMD3<Double>], at positions: [Int]) {
    guard !positions.isEmpty else { return }
    let count = Double(positions.count)
    let places = positions.map { place($0) }
    let middleX = places.reduce(0) { $0 + $1.x } / count
    let middleY = places.reduce(0) { $0 + $1.y } / count
    let mean = positions.reduce(SIMD3<Double>()) { $0 + pixels[$1] } / count
    var (xx, xy, yy) = (0.0, 0.0, 0.0)
    var (xc, yc) = (SIMD3<Double>(), SIMD3<Double>())
    for (position, place) in zip(positions, places) {
      let (x, y) = (place.x - middleX, place.y - middleY)
      let difference = pixels[position] - mean
      xx += x * x
      xy += x * y
      yy += y * y
      xc += difference * x
      yc += difference * y
    }
    let determinant = xx * yy - xy * xy
    let isSloped = determinant > 1e-9
    right = isSloped ? (xc * yy - yc * xy) / determinant : SIMD3()
    down = isSloped ? (yc * xx - xc * xy) / determinant : SIMD3()
    level = mean - right * middleX - down * middleY
  }
}
