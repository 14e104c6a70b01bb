import Foundation
import Pictures
import Testing

/// Resizing and cropping equal Pillow's, bit for bit.
struct PictureResizingTests {
  @Test(arguments: try PictureGolden.load().resize)
  func resizesAsPillow(golden: PictureGolden.Resize) throws {
    let filter = try #require(ResizeFilter(rawValue: golden.filter))
    let picture = pattern(width: 23, height: 17)
      .resized(width: golden.width, height: golden.height, filter: filter)
    #expect(picture.pixels == [UInt8](golden.pixels))
  }

  @Test(arguments: try PictureGolden.load().crop)
  func cropsAsGuidedDiffusion(golden: PictureGolden.Crop) {
    let picture = pattern(width: golden.width, height: golden.height)
      .centerCropped(to: golden.size)
    #expect(picture.width == golden.size && picture.height == golden.size)
    #expect(picture.pixels == [UInt8](golden.pixels))
  }

  @Test(arguments: ResizeFilter.allCases)
  func sameSizeChangesNothing(filter: ResizeFilter) {
    let picture = pattern(width: 11, height: 6)
    #expect(picture.resized(width: 11, height: 6, filter: filter) == picture)
  }

  @Test func plainColorsStayPlain() {
    let plain = Picture(width: 50, height: 37, color: (3, 128, 250))
    #expect(plain.centerCropped(to: 12) == Picture(width: 12, height: 12, color: (3, 128, 250)))
  }
}
