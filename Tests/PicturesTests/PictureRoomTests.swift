import Diagnostics
import Pictures
import Testing

/// Pictures that no memory can hold are refused before anything is allocated.
struct PictureRoomTests {
  private static let side = 6_000_000

  private static let attempts: [@Sendable (Picture) throws -> Picture] = [
    { _ in try Picture(width: side, height: side, color: (1, 2, 3)) },
    { try $0.upscaled(by: side) },
    { try $0.resized(width: side, height: side, filter: .bicubic) },
    { try $0.centerCropped(to: side) },
    { try Picture.grid([$0], columns: 1, gap: side) },
  ]

  @Test(arguments: attempts.indices) func thereIsAMessage(index: Int) {
    let small = Picture(width: 1, height: 1, pixels: [1, 2, 3])
    let error = #expect(throws: PeregrineError.self) { try Self.attempts[index](small) }
    #expect(error?.code == .outOfMemory)
    #expect(error?.doing.contains("a picture of") == true)
    #expect(error?.advice.contains("smaller pictures") == true)
  }
}
