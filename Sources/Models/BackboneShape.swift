import Diagnostics
import Nets
import Tensors

/// What a backbone reads and writes: square items cut into patches, and their classes.
public struct BackboneShape: Codable, Equatable, Sendable {
  /// The side of a patch, in pixels or latent cells.
  public var patch: Int
  /// The channels of an item.
  public var channels: Int
  /// The side of an item.
  public var side: Int
  /// The number of classes, without the null class.
  public var classCount: Int

  /// Describes a shape.
  public init(patch: Int, channels: Int, side: Int, classCount: Int) {
    self.patch = patch
    self.channels = channels
    self.side = side
    self.classCount = classCount
  }

  /// The patches along one side.
  public var grid: Int { side / patch }

  /// The patches of an item.
  public var patchCount: Int { grid * grid }

  /// The values of a patch.
  public var patchValues: Int { channels * patch * patch }

  /// `[channels, side, side]`.
  public var itemShape: [Int] { [channels, side, side] }

  /// Multiply-adds counted twice, of what every family has around its blocks: patch embedding and
  /// projection, time embedding, the last modulation.
  func endFLOPs(width: Int) -> Double {
    let (width, values) = (Double(width), Double(patchCount * patchValues))
    return 2 * (2 * values * width + (256 + width) * width + 2 * width * width)
  }

  /// Output tokens `[batch, patches, patch values]` as items.
  func assembled(_ tokens: Tensor) throws -> Tensor {
    try tokens.assemblingPatches(channels: channels, patch: patch, side: side)
  }

  /// Checks that items are of this shape.
  ///
  /// - Throws: ``PeregrineError`` `.shapeMismatch` naming the family.
  func check(_ items: Tensor, of family: String) throws {
    guard items.shape.count == 4, Array(items.shape.dropFirst()) == itemShape else {
      throw PeregrineError(
        .shapeMismatch, doing: "running a \(family)", found: "a state of shape \(items.shape)",
        expected: "[batch] + \(itemShape)")
    }
  }

  /// Checks that the numbers fit each other and a transformer's size.
  ///
  /// - Parameter headMultiple: what the width of a head must be a multiple of.
  /// - Throws: ``PeregrineError`` `.usage` naming the numbers.
  func check(_ family: String, _ size: TransformerSize, headMultiple: Int = 1) throws {
    guard patch > 0, side > 0, side % patch == 0, channels > 0, classCount > 0, size.depth > 0,
      size.heads > 0, size.width % 4 == 0, size.width % (headMultiple * size.heads) == 0
    else {
      throw PeregrineError(
        .usage, doing: "building a \(family)",
        found: "side \(side), patch \(patch), \(channels) channels, \(classCount) classes, "
          + "depth \(size.depth), width \(size.width), \(size.heads) heads",
        expected:
          "a side that is a multiple of the patch, a channel, a class, a block, a width that "
          + "is a multiple of 4 and of \(headMultiple == 1 ? "" : "\(headMultiple) times ")the heads",
        advice: "Choose another preset, for example another patch size.")
    }
  }
}
