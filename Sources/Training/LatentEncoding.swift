import Data
import Diagnostics
import Encoders
import Files
import Foundation
import Tensors

/// Encodes a dataset of pictures into a latent cache; goes on where an interrupted call stopped.
///
/// The cache carries a copy of the autoencoder's weights, so that it can be decoded wherever it is.
public struct LatentEncoding {
  /// The dataset, as ``openDataset(_:size:)`` reads it.
  public var data: String
  /// The side to crop pictures to; `nil` keeps what the data has.
  public var size: Int?
  /// The autoencoder's name.
  public var autoencoder: String
  /// The autoencoder's weights.
  public var weights: URL
  /// The folder of the cache.
  public var cache: URL
  /// Whether mirrored pictures are encoded too, for `data.flip`.
  public var flip = false
  /// Pictures per forward pass.
  public var batchSize = 64
  /// Where the autoencoder runs.
  public var device = Device.cpu
  /// Pictures per shard of the cache.
  public var shardRows = 1_024

  /// Describes an encoding; the rest has defaults.
  public init(data: String, size: Int?, autoencoder: String, weights: URL, cache: URL) {
    self.data = data
    self.size = size
    self.autoencoder = autoencoder
    self.weights = weights
    self.cache = cache
  }

  /// Where a cache keeps its autoencoder's weights.
  public static func autoencoderFile(in cache: URL) -> URL {
    cache.appendingPathComponent("autoencoder.safetensors")
  }

  /// Encodes what is not encoded yet.
  ///
  /// - Parameter progress: told the pictures done and in all; returns whether to go on.
  /// - Returns: the number of pictures in the cache.
  /// - Throws: ``PeregrineError`` `.interrupted` when told to stop; finished shards are kept.
  public func run(progress: (Int, Int) -> Bool) throws -> Int {
    guard let pictures = try openDataset(data, size: size) as? any PictureDataset else {
      throw PeregrineError(
        .usage, doing: "encoding `\(data)`", found: "latents", expected: "a dataset of pictures")
    }
    guard let contents = try? Foundation.Data(contentsOf: weights, options: .alwaysMapped) else {
      throw PeregrineError(
        .missingInput, doing: "opening the autoencoder's weights",
        found: "no file at `\(weights.path)`",
        advice: "Check `--weights`.")
    }
    let network = try Autoencoders.load(autoencoder, weights: weights)
    try network.convert(to: .float32, on: device)
    let shape = pictures.summary.itemShape
    guard shape[1] % network.downsampling == 0, shape[2] % network.downsampling == 0 else {
      throw PeregrineError(
        .usage, doing: "encoding `\(data)`", found: "pictures of \(shape[2]) x \(shape[1])",
        expected: "sides that are multiples of \(network.downsampling)",
        advice: "Crop them with `--size`.")
    }
    let header = LatentCacheHeader(
      itemShape: [
        network.latentChannels, shape[1] / network.downsampling, shape[2] / network.downsampling,
      ],
      element: .float16, source: pictures.summary,
      autoencoder: .init(name: autoencoder, weightsSha256: sha256(of: contents)), mirrored: flip)
    let writer = try LatentCacheWriter(folder: cache, header: header, shardRows: shardRows)
    let copy = Self.autoencoderFile(in: cache)
    if (try? Foundation.Data(contentsOf: copy)) != contents {
      try AtomicFile.write(contents, to: copy)
    }
    try encode(pictures, with: network, into: writer, progress)
    try writer.finish()
    return pictures.summary.count
  }

  private func encode(
    _ pictures: any PictureDataset, with network: any Autoencoder, into writer: LatentCacheWriter,
    _ progress: (Int, Int) -> Bool
  ) throws {
    let (count, shape) = (pictures.summary.count, pictures.summary.itemShape)
    var next = writer.rowsWritten
    while next < count {
      let rows = next..<min(next + batchSize, count)
      let items = try rows.map { try pictures.item(at: $0, mirrored: false) }
      let mirrored =
        flip
        ? try latents(rows.map { try pictures.item(at: $0, mirrored: true) }, network, shape) : nil
      try writer.append(
        latents: latents(items, network, shape), mirrored: mirrored, labels: items.map(\.label))
      next = rows.upperBound
      if !progress(next, count), next < count {
        throw PeregrineError(
          .interrupted, doing: "encoding `\(data)`",
          found: "a request to stop after \(next) of \(count)",
          advice: "The same command goes on from the last finished shard.")
      }
    }
  }

  private func latents(_ items: [DatasetItem], _ network: any Autoencoder, _ shape: [Int]) throws
    -> [Float]
  {
    let batch = try Tensor(
      items.flatMap(\.values), shape: [items.count] + shape, dtype: .float32, device: device)
    return try withoutGradients { try network.encode(batch).scalars(Float.self) }
  }
}
