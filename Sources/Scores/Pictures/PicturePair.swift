import Diagnostics
import Pictures

/// Two pictures of equal size, compared pixel by pixel.
struct PicturePair {
  let first: Picture
  let second: Picture

  /// - Throws: `.shapeMismatch` for different sizes.
  init(_ first: Picture, _ second: Picture, doing: String) throws {
    guard first.width == second.width, first.height == second.height else {
      throw PeregrineError(
        .shapeMismatch, doing: doing,
        found: "pictures of \(first.width)x\(first.height) and \(second.width)x\(second.height)",
        expected: "one size", advice: "Resize or crop one of them first.")
    }
    self.first = first
    self.second = second
  }

  /// The sum over all channels of all pixels.
  func sum(_ term: (Double, Double) -> Double) -> Double {
    zip(first.pixels, second.pixels).reduce(0) { $0 + term(Double($1.0), Double($1.1)) }
  }
}
