extension Picture {
  /// The picture's mirror image, left and right exchanged.
  public func flippedHorizontally() -> Picture {
    var result = self.pixels
    for row in 0..<height {
      for column in 0..<width {
        let from = 3 * (row * width + column)
        let to = 3 * (row * width + width - 1 - column)
        for channel in 0..<3 { result[to + channel] = pixels[from + channel] }
      }
    }
    return Picture(width: width, height: height, pixels: result)
  }

  /// The picture with each pixel drawn as `factor` x `factor` equal ones.
  public func upscaled(by factor: Int) -> Picture {
    precondition(factor > 0, "Cannot enlarge \(factor) times.")
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for row in 0..<height {
      var line: [UInt8] = []
      line.reserveCapacity(3 * width * factor)
      for start in stride(from: 3 * row * width, to: 3 * (row + 1) * width, by: 3) {
        for _ in 0..<factor { line += pixels[start..<(start + 3)] }
      }
      for _ in 0..<factor { result += line }
    }
    return Picture(width: width * factor, height: height * factor, pixels: result)
  }

  /// Pictures side by side, row by row, with `gap` pixels of background around and between them.
  ///
  /// Cells have the size of the largest picture; smaller ones are placed in the top left corner of
  /// their cell.
  /// There must be at least one picture and one column.
  public static func grid(
    _ pictures: [Picture], columns: Int, gap: Int = 2,
    background: (UInt8, UInt8, UInt8) = (255, 255, 255)
  ) -> Picture {
    precondition(!pictures.isEmpty && columns > 0 && gap >= 0, "A grid needs pictures and columns.")
    let columns = min(columns, pictures.count)
    let rows = (pictures.count + columns - 1) / columns
    let cellWidth = (pictures.map(\.width).max() ?? 0) + gap
    let cellHeight = (pictures.map(\.height).max() ?? 0) + gap
    let width = columns * cellWidth + gap
    let result = Picture(width: width, height: rows * cellHeight + gap, color: background)
    var pixels = result.pixels
    for (number, picture) in pictures.enumerated() {
      let left = number % columns * cellWidth + gap
      let top = number / columns * cellHeight + gap
      for row in 0..<picture.height {
        let target = 3 * ((top + row) * width + left)
        let source = 3 * row * picture.width
        let length = 3 * picture.width
        pixels.replaceSubrange(
          target..<(target + length), with: picture.pixels[source..<(source + length)])
      }
    }
    return Picture(width: width, height: result.height, pixels: pixels)
  }
}
