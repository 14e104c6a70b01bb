import Pictures
import Testing

struct PictureArrangingTests {
  @Test func flipsLeftAndRight() throws {
    let picture = Picture(width: 2, height: 2, pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    #expect(try picture.flippedHorizontally().pixels == [4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9])
    #expect(try picture.flippedHorizontally().flippedHorizontally() == picture)
  }

  @Test func enlargesPixelByPixel() throws {
    let picture = Picture(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    let expected: [UInt8] = [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]
    #expect(
      try picture.upscaled(by: 2) == Picture(width: 4, height: 2, pixels: expected + expected))
  }

  @Test func cropsOutAPart() throws {
    let part = try pattern(width: 9, height: 7).cropped(x: 8, y: 2, width: 1, height: 2)
    #expect(
      part.pixels == [UInt8](pattern(width: 9, height: 7).pixels[78..<81])
        + [UInt8](pattern(width: 9, height: 7).pixels[105..<108]))
  }

  @Test func gridPutsEachPictureInItsCell() throws {
    let red = try Picture(width: 2, height: 2, color: (255, 0, 0))
    let blue = try Picture(width: 1, height: 2, color: (0, 0, 255))
    let grid = try Picture.grid([red, blue, red], columns: 2, gap: 1, background: (9, 9, 9))
    #expect(grid.width == 7 && grid.height == 7)
    let rows = (0..<7).map { row in
      (0..<7).map { column -> Character in
        let start = 3 * (row * 7 + column)
        switch [UInt8](grid.pixels[start..<(start + 3)]) {
        case [255, 0, 0]: return "r"
        case [0, 0, 255]: return "b"
        case [9, 9, 9]: return "."
        default: return "?"
        }
      }
    }
    #expect(
      rows.map { String($0) } == [
        ".......", ".rr.b..", ".rr.b..", ".......", ".rr....", ".rr....", ".......",
      ])
  }

  @Test func gridOfOneIsNoWiderThanNeeded() throws {
    let grid = try Picture.grid(
      [Picture(width: 3, height: 3, color: (0, 0, 0))], columns: 8, gap: 0)
    #expect(grid.width == 3 && grid.height == 3)
  }
}
