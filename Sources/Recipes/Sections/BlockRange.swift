import Diagnostics

/// A range of blocks, written as the first and the last: `2-8`.
public struct BlockRange: Codable, Equatable, Sendable, CustomStringConvertible {
  /// The blocks, counted from 0.
  public var blocks: ClosedRange<Int>

  /// Creates a range of blocks.
  public init(_ blocks: ClosedRange<Int>) { self.blocks = blocks }

  /// Reads `2-8`.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last,
      Bounds.blocks.from(0).contains(last)
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no range of blocks: `\(text)`"))
    }
    self.init(first...last)
  }

  /// Writes `2-8`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// `2-8`.
  public var description: String { "\(blocks.lowerBound)-\(blocks.upperBound)" }
}
