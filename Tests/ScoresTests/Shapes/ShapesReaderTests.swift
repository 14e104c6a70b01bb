import Datasets
import DiffusionMath
import Foundation
import Pictures
import Scores
import TestSupport
import Testing

struct ShapesReaderTests {
  static let reader = ShapesReader()

  /// The pictures with Gaussian noise added, of a standard deviation in units of 1/255.
  private func noisy(_ picture: Picture, _ deviation: Float, index: Int) -> Picture {
    var stream = RandomStream(seed: 1, purpose: "tests/noise", index: UInt64(index))
    var result = picture.pixels
    for (position, value) in stream.normals(result.count).enumerated() {
      result[position] = UInt8(
        min(max(Float(result[position]) + deviation * value, 0), 255).rounded())
    }
    return Picture(width: picture.width, height: picture.height, pixels: result)
  }

  private func read(_ range: Range<Int>, noise: Float, size: Int = 32) throws -> (
    right: Int, colors: Int, readings: [ShapesReading], wrong: [String]
  ) {
    let shapes = ShapesDataset(seed: 77, size: size)
    var (right, colors, readings, wrong) = (0, 0, [ShapesReading](), [String]())
    for index in range {
      let factors = shapes.factors(at: index)
      let reading = try Self.reader.read(noisy(shapes.draw(factors), noise, index: index))
      if reading.shape == factors.shape.label {
        right += 1
      } else {
        wrong.append("\(index) \(factors.shape) \(factors.radius): \(reading)")
      }
      colors += reading.colorName == factors.color.rawValue ? 1 : 0
      readings.append(reading)
    }
    return (right, colors, readings, wrong)
  }

  @Test func readsFreshPictures() throws {
    let result = try read(0..<1_000, noise: 0)
    #expect(result.right >= 990, "\(result.wrong)")
    #expect(result.colors >= 990)
    #expect(result.readings.count(where: \.isClear) >= 995)
  }

  @Test func readsNoisyPictures() throws {
    let result = try read(1_000..<2_000, noise: 10)
    #expect(result.right >= 970, "\(result.wrong)")
    #expect(result.readings.count(where: \.isClear) >= 970)
  }

  @Test(arguments: [16, 48, 128])
  func readsOtherSizes(size: Int) throws {
    let result = try read(0..<80, noise: 0, size: size)
    #expect(result.right >= (size == 16 ? 72 : 79), "\(result.wrong)")
  }

  @Test(arguments: [Float(2), 10, 60])
  func seesNothingInNoise(deviation: Float) throws {
    let plain = try Picture(width: 32, height: 32, color: (120, 130, 140))
    let readings = try (0..<80).map { try Self.reader.read(noisy(plain, deviation, index: $0)) }
    #expect(readings.allSatisfy { $0.confidence < 0.6 })
  }

  /// Two shapes, stripes and a half-covered picture are no clear shape.
  @Test func seesNoClearShapeInOtherThings() throws {
    let shapes = ShapesDataset(seed: 5)
    var two = shapes.factors(at: 2)
    (two.centerX, two.centerY, two.radius) = (0.27, 0.27, 0.24)
    var second = two
    (second.shape, second.centerX, second.centerY) = (.disk, 0.73, 0.73)
    let left = try shapes.draw(two)
    let right = try shapes.draw(second)
    let both = (0..<1_024).flatMap { position -> ArraySlice<UInt8> in
      let isRight = position % 32 + position / 32 > 31
      return (isRight ? right : left).pixels[(3 * position)..<(3 * position + 3)]
    }
    let stripes = (0..<1_024).flatMap { position -> [UInt8] in
      position / 4 % 2 == 0 ? [250, 10, 10] : [20, 20, 200]
    }
    let half = (0..<1_024).flatMap { position -> [UInt8] in
      position % 32 < 16 ? [250, 10, 10] : [20, 20, 200]
    }
    for pixels in [both, stripes, half] {
      let reading = try Self.reader.read(Picture(width: 32, height: 32, pixels: pixels))
      #expect(!reading.isClear, "\(reading)")
    }
  }

  @Test func plainAndTinyPicturesHaveNoConfidence() throws {
    for size in [1, 7, 32] {
      let plain = try Picture(width: size, height: size + 3, color: (9, 200, 9))
      #expect(try Self.reader.read(plain).confidence == 0)
    }
  }

  @Test(.enabled(if: SharedFolder.data != nil, "needs the shared data folder"))
  func fewPhotosLookLikeShapes() throws {
    let images = try #require(SharedFolder.data).appendingPathComponent("images")
    let photos = try NPYDataset(path: images.appendingPathComponent("clothing32_test").path)
    let readings = try (0..<photos.summary.count).map {
      try Self.reader.read(photos.picture(at: $0))
    }
    let clear = readings.count(where: \.isClear)
    #expect(clear < photos.summary.count / 5, "\(clear) of \(photos.summary.count)")
  }
}
