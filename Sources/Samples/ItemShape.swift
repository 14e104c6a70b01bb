import Diagnostics

/// The shape of one sample: a grid of numbers, or a sequence of symbols.
///
/// Grids are encoded as their dimensions (`[3, 32, 32]`), symbols as an object with `length` and
/// `vocabulary`.
public enum ItemShape: Hashable, Sendable {
  /// Numbers. A picture has two sides (height, width), a video clip three (frames, height, width).
  case grid(channels: Int, sides: [Int])
  /// Symbols, each an integer from 0 to below `vocabulary`.
  case tokens(length: Int, vocabulary: Int)

  /// Creates a grid from its dimensions, channels first.
  public init(dimensions: [Int]) {
    self = .grid(channels: dimensions.first ?? 0, sides: Array(dimensions.dropFirst()))
  }

  /// The dimensions of a tensor that holds one item: channels and sides, or the length.
  public var dimensions: [Int] {
    switch self {
    case .grid(let channels, let sides): [channels] + sides
    case .tokens(let length, _): [length]
    }
  }

  /// How many numbers or symbols one item has.
  public var count: Int { dimensions.reduce(1, *) }

  /// Channels and side of a square picture; `nil` for every other shape.
  public var square: (channels: Int, side: Int)? {
    guard case .grid(let channels, let sides) = self, sides.count == 2, sides[0] == sides[1] else {
      return nil
    }
    return (channels, sides[0])
  }
}

extension ItemShape: ExpressibleByArrayLiteral {
  /// Creates a grid from its dimensions, channels first: `[3, 32, 32]`.
  public init(arrayLiteral elements: Int...) { self.init(dimensions: elements) }
}

extension ItemShape: CustomStringConvertible {
  /// The dimensions, and for symbols the vocabulary: `[3, 32, 32]`, `[256] of 27 symbols`.
  public var description: String {
    switch self {
    case .grid: "\(dimensions)"
    case .tokens(let length, let vocabulary): "[\(length)] of \(vocabulary) symbols"
    }
  }
}

extension ItemShape: Codable {
  private struct Tokens: Codable {
    let length: Int
    let vocabulary: Int
  }

  /// Reads dimensions, or a length with a vocabulary.
  ///
  /// - Throws: `DecodingError` for dimensions out of their bounds, too.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let dimensions = try? container.decode([Int].self) {
      self.init(dimensions: dimensions)
    } else {
      let tokens = try container.decode(Tokens.self)
      self = .tokens(length: tokens.length, vocabulary: tokens.vocabulary)
    }
    guard ItemShape.isBounded(dimensions) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "dimensions of an item, \(Bounds.dimension.words) each")
    }
  }

  /// Whether the dimensions are within their bounds, and so is their product.
  public static func isBounded(_ dimensions: [Int]) -> Bool {
    (1...8).contains(dimensions.count) && dimensions.allSatisfy(Bounds.dimension.contains)
      && dimensions.checkedProduct.map(Bounds.itemSize.contains) == true
  }

  /// Writes dimensions, or a length with a vocabulary.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .grid: try container.encode(dimensions)
    case .tokens(let length, let vocabulary):
      try container.encode(Tokens(length: length, vocabulary: vocabulary))
    }
  }
}
