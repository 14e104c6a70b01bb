extension Picture {
  /// The picture resized, bit for bit as by Pillow's `Image.resize`.
  ///
  /// Filters widen when shrinking (antialiasing); weights are 22-bit fixed point. Rows are resized
  /// first, then columns, with rounding to eight bits in between.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if the result does not fit into memory.
  /// - Source: Pillow 13, `src/libImaging/Resample.c`; matches `Fixtures/pictures` exactly.
  public func resized(width: Int, height: Int, filter: ResizeFilter) throws -> Picture {
    precondition(width > 0 && height > 0, "Cannot resize to \(width)x\(height).")
    var picture = self
    if width != self.width {
      let weights = Weights(from: self.width, to: width, filter: filter)
      picture = try Picture(width: width, height: self.height, doing: Self.resizing) {
        weights.apply(
          to: pixels, lines: self.height, lineStride: 3 * self.width, pixelStride: 3,
          into: $0, resultLineStride: 3 * width, resultPixelStride: 3)
      }
    }
    if height != self.height {
      let weights = Weights(from: self.height, to: height, filter: filter)
      let pixels = picture.pixels
      picture = try Picture(width: width, height: height, doing: Self.resizing) {
        weights.apply(
          to: pixels, lines: width, lineStride: 3, pixelStride: 3 * width,
          into: $0, resultLineStride: 3, resultPixelStride: 3 * width)
      }
    }
    return picture
  }

  private static let resizing = "resizing pixels for"

  /// The square centre of the picture at `size`, prepared as for the ADM and EDM2 reference sets.
  ///
  /// Halves with a box filter while the short side is at least `2 * size`, resizes (bicubic) until
  /// the short side is `size`, then crops the centre.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if the result, or a step to it, does not fit into
  ///   memory.
  /// - Source: `center_crop_arr` of openai/guided-diffusion; matches `Fixtures/pictures` exactly.
  public func centerCropped(to size: Int) throws -> Picture {
    precondition(size > 0, "Cannot crop to \(size) pixels.")
    var picture = self
    while min(picture.width, picture.height) >= 2 * size {
      picture = try picture.resized(
        width: picture.width / 2, height: picture.height / 2, filter: .box)
    }
    let scale = Double(size) / Double(min(picture.width, picture.height))
    picture = try picture.resized(
      width: Int((Double(picture.width) * scale).rounded(.toNearestOrEven)),
      height: Int((Double(picture.height) * scale).rounded(.toNearestOrEven)), filter: .bicubic)
    return try picture.cropped(
      x: (picture.width - size) / 2, y: (picture.height - size) / 2, width: size, height: size)
  }

  /// The part of the picture that starts at (`x`, `y`) from the top left; it must lie inside the
  /// picture.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if the part does not fit into memory.
  public func cropped(x: Int, y: Int, width: Int, height: Int) throws -> Picture {
    precondition(
      x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height,
      "A \(width)x\(height) crop at (\(x), \(y)) leaves the picture.")
    if width == self.width, height == self.height { return self }
    return try Picture(width: width, height: height, doing: "cropping out") { target in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<height {
          let start = 3 * ((y + row) * self.width + x)
          copy(source[start..<(start + 3 * width)], to: 3 * row * width, in: target)
        }
      }
    }
  }
}

/// Copies bytes to a place in a buffer.
func copy(
  _ source: Slice<UnsafeBufferPointer<UInt8>>, to place: Int,
  in target: UnsafeMutableBufferPointer<UInt8>
) {
  _ = target[place...].update(fromContentsOf: source)
}

/// The fixed-point weights for computing the target pixels of one axis from source pixels.
private struct Weights {
  private static let precisionBits: Int32 = 32 - 8 - 2
  /// First source pixel and number of source pixels of each target pixel.
  private var spans: [(start: Int, count: Int)] = []
  /// The weights of all target pixels, one after the other.
  private var values: [Int32] = []

  init(from source: Int, to target: Int, filter: ResizeFilter) {
    let scale = Double(source) / Double(target)
    let stretch = max(scale, 1)
    let support = filter.support * stretch
    for pixel in 0..<target {
      let center = (Double(pixel) + 0.5) * scale
      let start = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), source)
      var weights = (start..<end).map {
        filter.weight((Double($0) - center + 0.5) * (1 / stretch))
      }
      let total = weights.reduce(0, +)
      if total != 0 { weights = weights.map { $0 / total } }
      spans.append((start, end - start))
      values += weights.map {
        Int32(($0 < 0 ? -0.5 : 0.5) + $0 * Double(1 << Self.precisionBits))
      }
    }
  }

  /// Resamples `lines` lines of RGB pixels; strides in bytes.
  func apply(
    to source: [UInt8], lines: Int, lineStride: Int, pixelStride: Int,
    into result: UnsafeMutableBufferPointer<UInt8>, resultLineStride: Int, resultPixelStride: Int
  ) {
    source.withUnsafeBufferPointer { source in
      values.withUnsafeBufferPointer { values in
        for line in 0..<lines {
          var first = 0
          for (pixel, span) in spans.enumerated() {
            for channel in 0..<3 {
              var sum = Int32(1) << (Self.precisionBits - 1)
              var position = line * lineStride + span.start * pixelStride + channel
              for tap in first..<(first + span.count) {
                sum &+= Int32(source[position]) &* values[tap]
                position += pixelStride
              }
              result[line * resultLineStride + pixel * resultPixelStride + channel] =
                UInt8(clamping: sum >> Self.precisionBits)
            }
            first += span.count
          }
        }
      }
    }
  }
}
