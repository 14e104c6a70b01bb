import Foundation
import Samples
import Testing

@Suite struct ItemShapeTests {
  private let shapes: [(ItemShape, String)] = [
    (.grid(channels: 3, sides: [32, 32]), "[3,32,32]"),
    (.grid(channels: 4, sides: [5, 8, 12]), "[4,5,8,12]"),
    (.tokens(length: 64, vocabulary: 27), #"{"length":64,"vocabulary":27}"#),
  ]

  /// Grids are encoded as dimensions, as in existing run folders and caches.
  @Test func isWrittenAsDimensions() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for (shape, text) in shapes {
      #expect(String(decoding: try encoder.encode(shape), as: UTF8.self) == text)
      #expect(try JSONDecoder().decode(ItemShape.self, from: Data(text.utf8)) == shape)
    }
  }

  @Test func countsItsNumbers() {
    #expect(shapes.map(\.0.count) == [3_072, 1_920, 64])
    #expect(shapes.map(\.0.dimensions) == [[3, 32, 32], [4, 5, 8, 12], [64]])
    #expect(shapes.map(\.0.description) == ["[3, 32, 32]", "[4, 5, 8, 12]", "[64] of 27 symbols"])
  }

  @Test func onlyTwoEqualSidesAreASquare() {
    #expect(
      ItemShape.grid(channels: 3, sides: [8, 8]).square.map { [$0.channels, $0.side] } == [3, 8])
    let others: [ItemShape] = [
      .grid(channels: 3, sides: [8, 4]), .grid(channels: 3, sides: [8, 8, 8]),
      .tokens(length: 8, vocabulary: 8), .grid(channels: 3, sides: []),
    ]
    for shape in others { #expect(shape.square == nil) }
  }
}
