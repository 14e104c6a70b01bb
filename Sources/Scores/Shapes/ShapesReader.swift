import Datasets
import Pictures

/// Recognises which shape of `ShapesDataset` a picture shows, and its colour.
///
///     let reading = try ShapesReader().read(picture)
///     if reading.isClear { print(reading.colorName, reading.shapeName) }
///
/// It works by analysis by synthesis and needs no training: it separates the foreground from the
/// background, compares it with every shape in every rotation, draws the best match at the same
/// position, and compares that drawing with the picture. Creating a reader takes longer than
/// reading a picture, so keep it.
public struct ShapesReader: Sendable {
  /// Changes whenever readings may change; part of every score's protocol.
  public static let version = 1
  /// A picture counts as clear from this confidence on.
  public static let leastConfidence = 0.8

  private static let sizes = 8...64
  private let templates: ShapeTemplates

  /// Draws the templates.
  public init() { templates = ShapeTemplates() }

  /// Reads a picture of any size; pictures that are not square are cropped, large ones reduced.
  ///
  /// - Throws: ``PeregrineError`` `.outOfMemory` if a reduced picture does not fit into memory.
  public func read(_ picture: Picture) throws -> ShapesReading {
    let side = min(picture.width, picture.height)
    let isSquare = picture.width == picture.height
    let square =
      isSquare && side <= Self.sizes.upperBound
      ? picture : try picture.centerCropped(to: min(side, Self.sizes.upperBound))
    guard side >= Self.sizes.lowerBound, let foreground = Foreground(square),
      let mask = CanonicalMask(foreground.mainPart, size: foreground.size),
      let best = best(for: mask)
    else { return reading(.disk, color: .white, confidence: 0) }
    let drawing = drawing(of: best, as: mask, size: foreground.size)
    return reading(
      best.shape, color: ShapeColor.nearest(to: foreground.color),
      confidence: max(correlation(drawing, foreground.coverage), 0))
  }

  private func best(for mask: CanonicalMask) -> ShapeTemplates.Template? {
    templates.all.map { (template: $0, match: $0.mask.correlation(with: mask)) }
      .max { $0.match < $1.match }?.template
  }

  /// Draws the template's shape with the position and area of the mask.
  private func drawing(
    of template: ShapeTemplates.Template, as mask: CanonicalMask, size: Int
  ) -> [Float] {
    let radius = (mask.area / template.unitArea).squareRoot()
    let side = Double(size)
    return template.shape.coverage(
      centerX: (mask.center.x - template.offset.x * radius) / side,
      centerY: (mask.center.y - template.offset.y * radius) / side,
      radius: radius / side, rotation: template.rotation, size: size)
  }

  private func reading(
    _ shape: ShapeKind, color: ShapeColor, confidence: Double
  ) -> ShapesReading {
    ShapesReading(
      shape: shape.label, shapeName: shape.rawValue, colorName: color.rawValue,
      confidence: confidence)
  }
}
