import Diagnostics
import Nets
import Samples
import Tensors

/// What a backbone reads and writes: items cut into patches, and their conditions.
public struct BackboneShape: Codable, Equatable, Sendable {
  /// The side of a patch, in pixels or latent cells.
  public var patch: Int
  /// The shape of an item.
  public var item: ItemShape
  /// The kinds of condition that the model takes.
  public var conditions: ConditionShape

  /// Creates a shape.
  public init(patch: Int, item: ItemShape, conditions: ConditionShape) {
    self.patch = patch
    self.item = item
    self.conditions = conditions
  }

  /// Creates the shape of square items with classes.
  public init(patch: Int, channels: Int, side: Int, classCount: Int) {
    self.init(
      patch: patch, item: .grid(channels: channels, sides: [side, side]),
      conditions: ConditionShape(classes: classCount))
  }

  /// The number of channels of an item.
  public var channels: Int { item.dimensions[0] }

  /// The side of a square item.
  public var side: Int { item.dimensions.last ?? 0 }

  /// The number of patches along one side.
  public var grid: Int { side / patch }

  /// The number of patches of an item.
  public var patchCount: Int { grid * grid }

  /// The number of values in a patch.
  public var patchValues: Int { channels * patch * patch }

  /// Floating-point operations outside the blocks, the same in every family (one multiply-add counts as
  /// two): patch embedding, output projection, time embedding and the last modulation.
  func endFLOPs(width: Int) -> Double {
    let (width, values) = (Double(width), Double(patchCount * patchValues))
    return 2 * (2 * values * width + (256 + width) * width + 2 * width * width)
  }

  /// Puts output tokens `[batch, patches, patch values]` together as items.
  func assembled(_ tokens: Tensor) throws -> Tensor {
    try tokens.assemblingPatches(channels: channels, patch: patch, side: side)
  }

  /// Checks that items have this shape.
  ///
  /// - Throws: ``PeregrineError`` `.shapeMismatch` naming the family.
  func check(_ items: Tensor, of family: String) throws {
    guard Array(items.shape.dropFirst()) == item.dimensions else {
      throw PeregrineError(
        .shapeMismatch, doing: "running a \(family)", found: "a state of shape \(items.shape)",
        expected: "[batch] + \(item.dimensions)")
    }
  }

  /// Checks that the shape is consistent and fits a transformer's size, for a family that reads square
  /// items and is modulated by one vector.
  ///
  /// - Parameter headMultiple: the number that the head width must be a multiple of.
  /// - Throws: ``PeregrineError`` `.usage` naming the numbers.
  func check(_ family: String, _ size: TransformerSize, headMultiple: Int = 1) throws {
    guard let square = item.square else {
      throw PeregrineError(
        .usage, doing: "building a \(family)", found: "items of shape \(item)",
        expected: "squares: channels and two equal sides",
        advice: "Crop the data to squares, or choose a family that reads this shape.")
    }
    guard conditions.contextWidth == nil else {
      throw PeregrineError(
        .usage, doing: "building a \(family)",
        found: "context tokens of width \(conditions.contextWidth ?? 0)",
        expected: "none: its blocks attend to the item's tokens alone")
    }
    let sizes: [(String, Int, Bounds<Int>)] = [
      ("blocks", size.depth, .blocks), ("width", size.width, .width),
    ]
    for (name, value, bounds) in sizes where !bounds.contains(value) {
      throw PeregrineError(
        .usage, doing: "building a \(family)", found: "\(name) of \(value)",
        expected: bounds.words)
    }
    let tokens = patch > 0 ? square.side / patch : 0
    guard tokens <= 512 else {
      throw PeregrineError(
        .usage, doing: "building a \(family)",
        found: "\(tokens) x \(tokens) tokens (side \(square.side), patch \(patch))",
        expected: "at most 512 x 512", advice: "Choose a larger patch or smaller pictures.")
    }
    guard patch > 0, square.side > 0, square.side % patch == 0, square.channels > 0,
      conditions.classes ?? 1 > 0, conditions.vectorWidth ?? 1 > 0, size.depth > 0,
      size.heads > 0, size.heads <= size.width, size.width % 4 == 0,
      size.width % (headMultiple * size.heads) == 0
    else {
      throw PeregrineError(
        .usage, doing: "building a \(family)",
        found: "side \(side), patch \(patch), \(channels) channels, "
          + "\(conditions.classes ?? 0) classes, "
          + "depth \(size.depth), width \(size.width), \(size.heads) heads",
        expected:
          "a side that is a multiple of the patch, a channel, a class, a block, a width that "
          + "is a multiple of 4 and of \(headMultiple == 1 ? "" : "\(headMultiple) times ")the heads",
        advice: "Choose another preset, for example another patch size.")
    }
  }
}
