import Foundation
import Pictures
import Testing

/// Resizing and cropping equal Pillow's, bit for bit.
struct PictureResizingTests {
  @Test(arguments: try PictureGolden.load().resize)
  func resizesAsPillow(golden: PictureGolden.Resize) throws {
    let filter = try #require(ResizeFilter(rawValue: golden.filter))
    let picture = try pattern(width: 23, height: 17)
      .resized(width: golden.width, height: golden.height, filter: filter)
    #expect(picture.pixels == [UInt8](golden.pixels))
  }

  @Test(arguments: try PictureGolden.load().crop)
  func cropsAsGuidedDiffusion(golden: PictureGolden.Crop) throws {
    let picture = try pattern(width: golden.width, height: golden.height)
      .centerCropped(to: golden.size)
    #expect(picture.width == golden.size && picture.height == golden.size)
    #expect(picture.pixels == [UInt8](golden.pixels))
  }

  @Test(arguments: ResizeFilter.allCases)
  func sameSizeChangesNothing(filter: ResizeFilter) throws {
    let picture = pattern(width: 11, height: 6)
    #expect(try picture.resized(width: 11, height: 6, filter: filter) == picture)
  }

  @Test func plainColorsStayPlain() throws {
    let plain = try Picture(width: 50, height: 37, color: (3, 128, 250))
    #expect(
      try plain.centerCropped(to: 12) == Picture(width: 12, height: 12, color: (3, 128, 250)))
  }
}
