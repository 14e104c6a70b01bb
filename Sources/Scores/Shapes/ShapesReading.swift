/// The result of ``ShapesReader`` for one picture.
public struct ShapesReading: Sendable, Codable, Equatable {
  /// The class, an index into the classes of `ShapesDataset`.
  public var shape: Int
  /// The name of the class.
  public var shapeName: String
  /// The name of the palette colour nearest to the shape's colour.
  public var colorName: String
  /// How well a drawing of that shape explains the picture: the correlation of the two, 0 to 1.
  ///
  /// Pictures of the dataset reach 0.92 and more. Below ``ShapesReader/leastConfidence`` the
  /// picture shows no clear shape, and shape and colour have no meaning.
  public var confidence: Double

  /// Creates a reading from its parts.
  public init(shape: Int, shapeName: String, colorName: String, confidence: Double) {
    self.shape = shape
    self.shapeName = shapeName
    self.colorName = colorName
    self.confidence = confidence
  }

  /// Whether the picture shows a clear shape.
  public var isClear: Bool { confidence >= ShapesReader.leastConfidence }
}
