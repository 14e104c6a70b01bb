extension Picture {
  /// The picture's mirror image, left and right exchanged.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if it does not fit into memory.
  public func flippedHorizontally() throws -> Picture {
    try Picture(width: width, height: height, doing: "mirroring") { result in
      pixels.withUnsafeBufferPointer { pixels in
        for row in 0..<height {
          for column in 0..<width {
            let from = 3 * (row * width + column)
            let to = 3 * (row * width + width - 1 - column)
            for channel in 0..<3 { result[to + channel] = pixels[from + channel] }
          }
        }
      }
    }
  }

  /// The picture with each pixel drawn as `factor` x `factor` equal ones.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if it does not fit into memory.
  public func upscaled(by factor: Int) throws -> Picture {
    precondition(factor > 0, "Cannot enlarge \(factor) times.")
    let wide = width * factor
    return try Picture(width: wide, height: height * factor, doing: "enlarging to") { result in
      pixels.withUnsafeBufferPointer { pixels in
        for row in 0..<(height * factor) {
          for column in 0..<wide {
            let from = 3 * (row / factor * width + column / factor)
            let to = 3 * (row * wide + column)
            for channel in 0..<3 { result[to + channel] = pixels[from + channel] }
          }
        }
      }
    }
  }

  /// Pictures side by side, row by row, with `gap` pixels of background around and between them.
  ///
  /// Cells have the size of the largest picture; smaller ones are placed in the top left corner of
  /// their cell.
  /// There must be at least one picture and one column.
  /// - Throws: ``PeregrineError`` `.outOfMemory` if the grid does not fit into memory.
  public static func grid(
    _ pictures: [Picture], columns: Int, gap: Int = 2,
    background: (UInt8, UInt8, UInt8) = (255, 255, 255)
  ) throws -> Picture {
    precondition(!pictures.isEmpty && columns > 0 && gap >= 0, "A grid needs pictures and columns.")
    let columns = min(columns, pictures.count)
    let rows = (pictures.count + columns - 1) / columns
    let cellWidth = (pictures.map(\.width).max() ?? 0) + gap
    let cellHeight = (pictures.map(\.height).max() ?? 0) + gap
    var result = try Picture(
      width: columns * cellWidth + gap, height: rows * cellHeight + gap, color: background)
    for (number, picture) in pictures.enumerated() {
      result.put(
        picture, x: number % columns * cellWidth + gap, y: number / columns * cellHeight + gap)
    }
    return result
  }

  /// Overwrites the part that starts at (`x`, `y`) with a picture, which must fit there.
  private mutating func put(_ picture: Picture, x: Int, y: Int) {
    let width = width
    pixels.withUnsafeMutableBufferPointer { target in
      picture.pixels.withUnsafeBufferPointer { source in
        for row in 0..<picture.height {
          let start = 3 * row * picture.width
          copy(
            source[start..<(start + 3 * picture.width)], to: 3 * ((y + row) * width + x),
            in: target)
        }
      }
    }
  }
}
