import Foundation
import Pictures

/// A dataset whose items are pictures; everything but latent caches.
public protocol PictureDataset: Dataset {
  /// The picture at `index`, as the item holds it but not scaled or mirrored.
  func picture(at index: Int) throws -> Picture
  /// The class of the picture at `index`; 0 where there are no classes.
  func label(at index: Int) throws -> Int
  /// The files that the pictures and their classes lie in, in order; none when they are computed.
  var files: [URL] { get }
}

extension PictureDataset {
  /// The picture at `index` with its class.
  public func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    DatasetItem(
      picture: try picture(at: index), label: try label(at: index), mirrored: mirrored,
      channels: summary.itemShape[0])
  }

  /// Pictures can always be mirrored.
  public var mirrors: Bool { true }
}
