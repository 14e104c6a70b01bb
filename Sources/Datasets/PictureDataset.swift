import Foundation
import Pictures
import Samples

/// A dataset whose items are pictures: every dataset except those of latents.
public protocol PictureDataset: Dataset {
  /// The picture at `index`, as in the item but not scaled or mirrored.
  func picture(at index: Int) throws -> Picture
  /// The class of the picture at `index`; 0 if there are no classes.
  func label(at index: Int) throws -> Int
}

extension PictureDataset {
  /// The picture at `index` with its class.
  public func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    let label = try label(at: index)
    return try DatasetItem(
      picture: picture(at: index),
      condition: Condition(label: label, of: summary.classNames.count),
      mirrored: mirrored, channels: summary.itemShape.dimensions[0])
  }

  /// Pictures can always be mirrored.
  public var mirrors: Bool { true }
}
