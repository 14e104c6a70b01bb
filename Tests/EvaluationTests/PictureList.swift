import Datasets
import Diagnostics
import FileAccess
import Foundation
import Pictures
import Synchronization

/// Pictures in memory that count how often one is read.
final class PictureList: PictureDataset {
  let summary: DatasetSummary
  let files: [URL] = []
  private let pictures: [Picture]
  private let labels: [Int]
  private let read = Mutex(0)

  /// How many pictures were read.
  var readCount: Int { read.withLock { $0 } }

  init(_ pictures: [Picture], labels: [Int] = [], classNames: [String] = []) {
    self.pictures = pictures
    self.labels = labels
    let shape = pictures.first.map { [3, $0.height, $0.width] } ?? [3, 0, 0]
    summary = DatasetSummary(
      name: "list", kind: "list", count: pictures.count, itemShape: .init(dimensions: shape),
      classNames: classNames,
      fingerprint: sha256(of: Data(pictures.flatMap(\.pixels))))
  }

  /// The pictures and classes of a dataset, changed on the way.
  convenience init(
    _ base: any PictureDataset, changing: (Int, Picture) -> Picture = { $1 }
  ) throws {
    try self.init(
      (0..<base.summary.count).map { changing($0, try base.picture(at: $0)) },
      labels: (0..<base.summary.count).map(base.label), classNames: base.summary.classNames)
  }

  func picture(at index: Int) throws -> Picture {
    read.withLock { $0 += 1 }
    return pictures[index]
  }

  func label(at index: Int) throws -> Int { labels.isEmpty ? 0 : labels[index] }
}

extension Picture {
  /// A picture of one grey.
  static func grey(_ value: UInt8, size: Int = 8) -> Picture {
    Picture(
      width: size, height: size, pixels: [UInt8](repeating: value, count: 3 * size * size))
  }
}
