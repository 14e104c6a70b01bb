import DiffusionMath

/// All properties that determine one picture of ``ShapesDataset``.
///
/// Lengths are fractions of the picture's side, measured from its top left corner.
public struct ShapeFactors: Sendable, Codable, Equatable {
  /// A background of one colour, or a gentle linear gradient between two.
  public struct Background: Sendable, Codable, Equatable {
    /// Red, green, blue from 0 to 255 where the gradient starts.
    public var start: SIMD3<Double>
    /// Red, green, blue from 0 to 255 where the gradient ends; equal to `start` when there is no
    /// gradient.
    public var end: SIMD3<Double>
    /// The direction of the gradient, in radians from the right, clockwise.
    public var angle: Double
  }

  /// The class.
  public var shape: ShapeKind
  /// The colour of the shape.
  public var color: ShapeColor
  /// The horizontal position of the shape's centre, from the left.
  public var centerX: Double
  /// The vertical position of the shape's centre, from the top.
  public var centerY: Double
  /// The radius of the circle that encloses the shape.
  public var radius: Double
  /// Counter-clockwise rotation in radians.
  public var rotation: Double
  /// The background.
  public var background: Background

  /// The smallest difference between shape and background; see ``perceived(_:)`` for the unit.
  static let leastContrast = 0.3

  /// The factors of picture `index`: its class is `index` modulo 8, everything else is drawn at
  /// random.
  ///
  /// Shapes stay inside the picture. They are tilted by at most 10°; crescents face either side.
  init(seed: UInt64, index: Int) {
    var stream = RandomStream(seed: seed, purpose: "data/shapes", index: UInt64(index))
    let shape = ShapeKind.allCases[index % ShapeKind.allCases.count]
    let color = ShapeColor.allCases[stream.integer(below: ShapeColor.allCases.count)]
    let radius = 0.34 + 0.08 * stream.uniform()
    let room = 0.08
    self.shape = shape
    self.color = color
    self.radius = radius
    centerX = 0.5 + room * (stream.uniform() - 0.5)
    centerY = 0.5 + room * (stream.uniform() - 0.5)
    rotation = (stream.uniform() - 0.5) * .pi / 9
    if shape == .crescent && stream.uniform() < 0.5 { rotation += .pi }
    background = Self.background(behind: color, from: &stream)
  }

  /// Draws backgrounds, pastel or dark, until one contrasts with the shape.
  private static func background(
    behind color: ShapeColor, from stream: inout RandomStream
  ) -> Background {
    let shape = perceived(color.rgb)
    for _ in 0..<100 {
      let dark = stream.uniform() < 0.25
      // Dark blues, greens and plums look good; dark yellows look dirty.
      let hue = dark ? 0.48 + 0.4 * stream.uniform() : stream.uniform()
      let saturation = dark ? 0.25 + 0.3 * stream.uniform() : 0.3 + 0.4 * stream.uniform()
      let lightness = dark ? 0.13 + 0.1 * stream.uniform() : 0.84 + 0.1 * stream.uniform()
      let start = rgb(hue: hue, saturation: saturation, lightness: lightness)
      var end = start
      if stream.uniform() < 0.6 {
        let sign = stream.uniform() < 0.5 ? -1.0 : 1
        end = rgb(
          hue: hue + 0.1 * (stream.uniform() - 0.5), saturation: saturation,
          lightness: min(lightness + sign * (0.04 + 0.04 * stream.uniform()), 0.98))
      }
      let contrast = min(distance(perceived(start), shape), distance(perceived(end), shape))
      if contrast >= leastContrast {
        return Background(start: start, end: end, angle: 2 * .pi * stream.uniform())
      }
    }
    // A background that contrasts with every colour of the palette.
    return Background(start: SIMD3(repeating: 20), end: SIMD3(repeating: 20), angle: 0)
  }
}

/// Converts hue (in turns), saturation and lightness to red, green, blue from 0 to 255.
private func rgb(hue: Double, saturation: Double, lightness: Double) -> SIMD3<Double> {
  func channel(_ offset: Double) -> Double {
    let position = (offset + 12 * hue).truncatingRemainder(dividingBy: 12)
    let k = position < 0 ? position + 12 : position
    let reach = saturation * min(lightness, 1 - lightness)
    return 255 * (lightness - reach * max(-1, min(k - 3, 9 - k, 1)))
  }
  return SIMD3(channel(0), channel(8), channel(4))
}
