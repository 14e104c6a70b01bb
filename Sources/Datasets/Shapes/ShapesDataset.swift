import Foundation
import Pictures

/// The built-in dataset: coloured shapes on soft backgrounds, drawn when requested.
///
/// It needs no download and no memory; picture `index` is a pure function of (seed, index). Every
/// eighth picture has the same class, so any eight consecutive pictures contain each class once.
public struct ShapesDataset: PictureDataset {
  /// The seed of all pictures.
  public let seed: UInt64
  /// The side of the square pictures, in pixels.
  public let size: Int
  /// Name, classes and shape.
  public let summary: DatasetSummary

  /// `count` shapes, `size` pixels wide and high; both at least 1.
  public init(count: Int = 50_000, seed: UInt64 = 0, size: Int = 32) {
    precondition(count > 0 && size > 0, "Cannot draw \(count) shapes of \(size) pixels.")
    self.seed = seed
    self.size = size
    var fingerprint = Fingerprint("shapes 1")
    fingerprint.add("\(count) \(seed) \(size)")
    summary = DatasetSummary(
      name: "shapes", kind: "shapes", count: count, itemShape: [3, size, size],
      classNames: ShapeKind.allCases.map(\.rawValue), fingerprint: fingerprint.text)
  }

  /// The factors of picture `index`; any index from 0 on, also beyond the count.
  public func factors(at index: Int) -> ShapeFactors {
    precondition(index >= 0, "There is no picture \(index).")
    return ShapeFactors(seed: seed, index: index)
  }

  /// The picture at `index`.
  public func picture(at index: Int) throws -> Picture {
    try check(index: index)
    return try draw(factors(at: index))
  }

  /// The class of the picture at `index`.
  public func label(at index: Int) throws -> Int {
    try check(index: index)
    return factors(at: index).shape.label
  }
}
