import Datasets
import Diagnostics
import Pictures
import Testing

struct ShapesDatasetTests {
  @Test func picturesDependOnSeedAndIndexOnly() throws {
    let shapes = ShapesDataset(count: 100, seed: 3)
    let more = ShapesDataset(count: 200, seed: 3)
    let other = ShapesDataset(count: 100, seed: 4)
    for index in [0, 1, 7, 63, 99] {
      #expect(try shapes.picture(at: index) == more.picture(at: index))
      #expect(try shapes.picture(at: index) != other.picture(at: index))
    }
    #expect(shapes.summary.fingerprint != more.summary.fingerprint)
    #expect(shapes.summary.fingerprint == ShapesDataset(count: 100, seed: 3).summary.fingerprint)
  }

  /// These numbers must not change: runs are compared across versions.
  @Test func pictureZeroIsWhatItAlwaysWas() throws {
    let factors = ShapesDataset().factors(at: 0)
    #expect(factors.shape == .disk && factors.color == .pink)
    #expect(abs(factors.radius - 0.34201553485871594) < 1e-12)
    let picture = try ShapesDataset().picture(at: 0)
    let found = [0, 528].map { Array(picture.pixels[(3 * $0)..<(3 * $0 + 3)]) }
    #expect(found == [[211, 244, 209], [246, 108, 178]])
  }

  @Test func classesAreBalanced() throws {
    let shapes = ShapesDataset(count: 80)
    #expect(shapes.summary.classNames == ShapeKind.allCases.map(\.rawValue))
    let labels = try (0..<80).map { try shapes.item(at: $0, mirrored: false).condition.label }
    #expect((0..<8).allSatisfy { label in labels.filter { $0 == label }.count == 10 })
  }

  @Test func itemsAreScaledPlanesOfThePicture() throws {
    let shapes = ShapesDataset(count: 8, size: 24)
    let picture = try shapes.picture(at: 5)
    let item = try shapes.item(at: 5, mirrored: false)
    let mirror = try shapes.item(at: 5, mirrored: true)
    #expect(item.values.count == 3 * 24 * 24 && shapes.summary.itemShape == [3, 24, 24])
    for (row, column, channel) in [(0, 0, 0), (3, 17, 1), (23, 23, 2), (12, 9, 0)] {
      let byte = picture.pixels[3 * (row * 24 + column) + channel]
      let value = Float(byte) / 127.5 - 1
      #expect(item.values[channel * 576 + row * 24 + column] == value)
      #expect(mirror.values[channel * 576 + row * 24 + 23 - column] == value)
    }
  }

  /// The border pixels show background only, so a reader may estimate it there.
  @Test(arguments: [20, 32, 64])
  func shapesStayInside(size: Int) {
    let shapes = ShapesDataset(size: size)
    for index in 0..<200 {
      let factors = shapes.factors(at: index)
      let mask = factors.shape.coverage(
        centerX: factors.centerX, centerY: factors.centerY, radius: factors.radius,
        rotation: factors.rotation, size: size)
      let edge = (0..<size).flatMap { place -> [Int] in
        let last = size - 1
        return [place, place * size, place * size + last, last * size + place]
      }
      #expect(edge.allSatisfy { mask[$0] == 0 }, "picture \(index)")
      let area = mask.reduce(0, +) / Float(size * size)
      #expect(area > 0.03 && area < 0.5, "picture \(index) covers \(area)")
    }
  }

  private static let areas: [(ShapeKind, Double)] = [
    (.disk, Double.pi * 0.7396), (.ring, Double.pi * 0.576), (.square, 1.96),
    (.triangle, 1.299038), (.cross, 1.7472), (.star, 1.234349),
  ]

  /// The mask's area agrees with geometry, whatever the resolution.
  @Test(arguments: areas)
  func areasAreExact(shape: ShapeKind, area: Double) {
    for size in [32, 200] {
      let mask = shape.coverage(
        centerX: 0.51, centerY: 0.47, radius: 0.4, rotation: 0.3, size: size)
      let measured = Double(mask.reduce(0, +)) / Double(size * size) / 0.16
      #expect(abs(measured - area) < (size == 32 ? 0.04 : 0.005) * area, "\(measured)")
    }
  }

  @Test(arguments: ShapeKind.allCases)
  func symmetriesHold(shape: ShapeKind) {
    func mask(_ rotation: Double) -> [Float] {
      shape.coverage(centerX: 0.5, centerY: 0.5, radius: 0.4, rotation: rotation, size: 40)
    }
    let turn = shape.symmetry == 0 ? 1.234 : shape.symmetry
    let difference = zip(mask(0.2), mask(0.2 + turn)).map { abs($0 - $1) }.max() ?? 1
    #expect(difference < 1e-4)
  }

  @Test func shapesStandOut() {
    let shapes = ShapesDataset()
    for index in 0..<400 {
      let factors = shapes.factors(at: index)
      for color in [factors.background.start, factors.background.end] {
        let difference = color - factors.color.rgb
        #expect((difference * difference).sum().squareRoot() > 55, "picture \(index)")
      }
    }
  }

  @Test func colorsAreNearestToThemselves() {
    for color in ShapeColor.allCases {
      #expect(ShapeColor.nearest(to: color.rgb + SIMD3(4, -5, 3)) == color)
    }
  }

  @Test(arguments: [-1, 8])
  func indexOutsideIsRefused(index: Int) {
    expectFailure(.usage, saying: "item \(index)", "8 items") {
      try ShapesDataset(count: 8).item(at: index, mirrored: false)
    }
  }
}
