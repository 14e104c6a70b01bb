import Diagnostics
import Foundation
import Pictures
import Scores
import Testing

/// Beside the golden values of `PublicImplementationsTests`.
struct PictureSimilarityTests {
  private let grey: Picture

  init() throws { grey = try Picture(width: 20, height: 12, color: (100, 100, 100)) }

  @Test func equalPicturesAreEqual() throws {
    #expect(try grey.signalToNoise(against: grey) == .infinity)
    #expect(try abs(grey.structuralSimilarity(to: grey) - 1) < 1e-12)
    #expect(try grey.relativeL1(against: grey) == 0)
  }

  /// Every channel 5 too high: by hand.
  @Test func plainPicturesByHand() throws {
    let brighter = try Picture(width: 20, height: 12, color: (105, 105, 105))
    let noise = try brighter.signalToNoise(against: grey)
    #expect(abs(noise - 20 * log10(255.0 / 5)) < 1e-12)
    #expect(try abs(brighter.relativeL1(against: grey) - 0.05) < 1e-15)
    #expect(try abs(grey.relativeL1(against: brighter) - 5.0 / 105) < 1e-15)
    let c1 = 2.55 * 2.55
    let expected = (2 * 100 * 105 + c1) / (100 * 100 + 105 * 105 + c1)
    #expect(try abs(brighter.structuralSimilarity(to: grey) - expected) < 1e-9)
    let black = try Picture(width: 20, height: 12, color: (0, 0, 0))
    #expect(try grey.relativeL1(against: black) == .infinity)
    #expect(try black.relativeL1(against: black) == 0)
  }

  @Test func pixelsAreComparedInPlace() throws {
    let golden = try MetricGolden()
    let original = try golden.picture("original")
    let turned = Picture(
      width: original.width, height: original.height, pixels: original.pixels.reversed())
    #expect(try original.structuralSimilarity(to: turned) < 0.5)
    let there = try original.structuralSimilarity(to: turned)
    let back = try turned.structuralSimilarity(to: original)
    #expect(abs(there - back) < 1e-12)
  }

  @Test func twoSizesAreRefused() throws {
    let turned = try Picture(width: 12, height: 20, color: (100, 100, 100))
    for compare in [
      Picture.structuralSimilarity(to:), Picture.signalToNoise(against:),
      Picture.relativeL1(against:),
    ] {
      let error = #expect(throws: PeregrineError.self) { try compare(grey)(turned) }
      #expect(error?.code == .shapeMismatch)
      #expect(error?.found == "pictures of 20x12 and 12x20")
    }
    let small = try Picture(width: 30, height: 10, color: (1, 2, 3))
    let error = #expect(throws: PeregrineError.self) { try small.structuralSimilarity(to: small) }
    #expect(error?.expected.contains("11 pixels") == true)
  }
}
