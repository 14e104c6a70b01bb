import Datasets
import Diagnostics
import Pictures

/// How often pictures show the requested shape.
///
/// A picture without a clear shape counts as wrong.
public struct ShapesScore: Sendable, Codable, Equatable {
  /// How the score was measured; scores of different protocols must not be compared.
  public struct ReaderProtocol: Sendable, Codable, Equatable {
    /// ``ShapesReader/version``.
    public var readerVersion: Int
    /// ``ShapesReader/leastConfidence``.
    public var leastConfidence: Double
    /// The number of pictures.
    public var count: Int
  }

  /// One class.
  public struct ClassRow: Sendable, Codable, Equatable {
    /// The name of the requested class.
    public var name: String
    /// How often it was recognised when requested.
    public var accuracy: Proportion
    /// What was recognised when it was requested, by name; `unclear` for no clear shape.
    public var shown: [String: Int]
  }

  /// How the score was measured.
  public let protocolRecord: ReaderProtocol
  /// The share of pictures that clearly show the requested class.
  public let accuracy: Proportion
  /// The share of pictures that clearly show any shape.
  public let clear: Proportion
  /// The mean of all confidences.
  public let meanConfidence: Double
  /// How often each palette colour was seen in clear pictures, including colours that were never
  /// seen.
  public let colors: [String: Int]
  /// One row for each requested class.
  public let classes: [ClassRow]

  /// Reads and scores pictures.
  ///
  /// - Parameter askedClasses: the requested class of each picture.
  /// - Throws: `.usage` when there are no pictures, not one class for each, or an unknown class.
  public init(
    pictures: [Picture], askedClasses: [Int], reader: ShapesReader = ShapesReader()
  ) throws {
    try self.init(readings: pictures.map { try reader.read($0) }, askedClasses: askedClasses)
  }

  /// Scores readings; see ``init(pictures:askedClasses:reader:)``.
  public init(readings: [ShapesReading], askedClasses: [Int]) throws {
    let kinds = ShapeKind.allCases
    guard !readings.isEmpty, readings.count == askedClasses.count,
      askedClasses.allSatisfy({ kinds.indices.contains($0) })
    else {
      throw PeregrineError(
        .usage, doing: "scoring shapes",
        found: "\(readings.count) pictures and \(askedClasses.count) classes asked for",
        expected: "one class from 0 to \(kinds.count - 1) for each of at least one picture",
        advice: "Score pictures of a model trained on shapes.")
    }
    let pairs = Array(zip(readings, askedClasses))
    let isRight = { (pair: (ShapesReading, Int)) in pair.0.isClear && pair.0.shape == pair.1 }
    protocolRecord = ReaderProtocol(
      readerVersion: ShapesReader.version, leastConfidence: ShapesReader.leastConfidence,
      count: readings.count)
    accuracy = Proportion(right: pairs.count(where: isRight), count: pairs.count)
    clear = Proportion(right: readings.count(where: \.isClear), count: pairs.count)
    meanConfidence = readings.reduce(0) { $0 + $1.confidence } / Double(readings.count)
    colors = readings.filter(\.isClear).reduce(
      into: Dictionary(uniqueKeysWithValues: ShapeColor.allCases.map { ($0.rawValue, 0) })
    ) { $0[$1.colorName, default: 0] += 1 }
    classes = kinds.compactMap { kind in
      let asked = pairs.filter { $0.1 == kind.label }
      guard !asked.isEmpty else { return nil }
      return ClassRow(
        name: kind.rawValue,
        accuracy: Proportion(right: asked.count(where: isRight), count: asked.count),
        shown: asked.reduce(into: [:]) {
          $0[$1.0.isClear ? $1.0.shapeName : "unclear", default: 0] += 1
        })
    }
  }
}
