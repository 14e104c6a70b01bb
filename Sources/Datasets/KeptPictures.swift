import FileAccess
import Foundation
import Pictures
import Synchronization

/// A dataset that keeps pictures in memory once they have been read, up to a number of bytes.
///
/// Decoding and reducing a photo takes a hundred times as long as a small network's training step
/// on it, and training reads every photo many times.
public final class KeptPictures<Base: PictureDataset>: PictureDataset {
  /// The dataset that reads the pictures.
  public let base: Base
  private let limit: Int
  private let kept = Mutex<(pictures: [Int: Picture], bytes: Int)>(([:], 0))

  /// Keeps the pictures of a dataset.
  ///
  /// - Parameter limit: the most bytes of pixels to keep.
  public init(_ base: Base, limit: Int = 1 << 30) {
    (self.base, self.limit) = (base, limit)
  }

  /// The description of the base.
  public var summary: DatasetSummary { base.summary }
  /// Whether the base has mirrored items.
  public var mirrors: Bool { base.mirrors }
  /// The files of the base.
  public var sources: [FilePath] { base.sources }

  /// Checks the items of the base.
  public func checkItems() throws { try base.checkItems() }

  /// The class of the picture at `index`.
  public func label(at index: Int) throws -> Int { try base.label(at: index) }

  /// The picture at `index`, read from its file the first time.
  public func picture(at index: Int) throws -> Picture {
    if let picture = kept.withLock({ $0.pictures[index] }) { return picture }
    let picture = try base.picture(at: index)
    kept.withLock {
      guard $0.pictures[index] == nil, $0.bytes + picture.pixels.count <= limit else { return }
      $0.pictures[index] = picture
      $0.bytes += picture.pixels.count
    }
    return picture
  }
}

extension Dataset {
  /// The same dataset; if each of its pictures is a file, pictures are kept in memory.
  public func keepingPictures() -> any Dataset {
    guard let pictures = self as? any PictureDataset,
      pictures.sources.count >= pictures.summary.count
    else { return self }
    return pictures.kept
  }
}

extension PictureDataset {
  fileprivate var kept: any Dataset { KeptPictures(self) }
}
