import Datasets
import Diagnostics
import DiffusionMath
import Encoders
import FileAccess
import Foundation
import Pictures
import Tensors

/// Encodes a dataset of pictures into a latent cache. An interrupted call can be continued.
///
/// The cache contains a copy of the autoencoder's weights, so that it can be decoded anywhere.
public struct LatentEncoding {
  /// The dataset, as ``openDataset(_:size:companions:)`` reads it.
  public var data: String
  /// The side to crop pictures to; `nil` keeps their size.
  public var size: Int?
  /// What is done with the EXIF orientation of picture files.
  public var orientation = PictureOrientation.stored
  /// The autoencoder's name.
  public var autoencoder: String
  /// The file with the autoencoder's weights.
  public var weights: URL
  /// The folder of the cache.
  public var cache: URL
  /// Whether mirrored pictures are encoded too, for `data.flip`.
  public var flip = false
  /// Which latent of each picture's posterior is stored.
  public var posterior = LatentCacheHeader.Posterior.mode
  /// The number of pictures per forward pass.
  public var batchSize = 64
  /// The device that the autoencoder runs on.
  public var device = Device.cpu
  /// Called with the description of the pictures before the work begins.
  public var onOpening: (DatasetSummary) -> Void = { _ in }
  /// The number of pictures per shard of the cache.
  public var shardRows = 1_024

  /// Creates an encoding; all other properties have defaults.
  public init(data: String, size: Int?, autoencoder: String, weights: URL, cache: URL) {
    self.data = data
    self.size = size
    self.autoencoder = autoencoder
    self.weights = weights
    self.cache = cache
  }

  /// The file with the autoencoder's weights in a cache: `autoencoder`, with the extension of the
  /// source file.
  public static func autoencoderFile(in cache: URL) -> URL {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cache.path)) ?? []
    let file = names.sorted().map(cache.appendingPathComponent(_:))
      .first { $0.deletingPathExtension().lastPathComponent == "autoencoder" }
    return file ?? cache.appendingPathComponent("autoencoder.safetensors")
  }

  /// Checks that the cache can be written in its folder, before any work.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a folder with other files and for one inside the data.
  public func check() throws { try LatentCacheWriter.check(cache, data: data) }

  /// Encodes the missing pictures.
  ///
  /// - Parameter progress: called with the number of pictures done and in total; returns whether to
  ///   continue.
  /// - Returns: the number of pictures in the cache.
  /// - Throws: ``PeregrineError`` `.interrupted` if told to stop; finished shards are kept.
  public func run(progress: (Int, Int) -> Bool) throws -> Int {
    try run(loading: { try Autoencoders.load(autoencoder, weights: weights) }, progress: progress)
  }

  /// Encodes with the network from `loading`, which is called after the data was opened.
  package func run(loading: () throws -> any Autoencoder, progress: (Int, Int) -> Bool) throws
    -> Int
  {
    try check()
    let lock = try FolderLock(cache: cache)
    defer { withExtendedLifetime(lock) {} }
    guard
      let pictures = try openDataset(data, size: size, orientation: orientation)
        as? any PictureDataset
    else {
      throw PeregrineError(
        .usage, doing: "encoding `\(data)`", found: "latents", expected: "a dataset of pictures")
    }
    onOpening(pictures.summary)
    try pictures.checkItems()
    let network = try loading()
    try network.convert(to: .float32, on: device)
    let shape = pictures.summary.itemShape.dimensions
    guard shape[1] % network.downsampling == 0, shape[2] % network.downsampling == 0 else {
      throw PeregrineError(
        .usage, doing: "encoding `\(data)`", found: "pictures of \(shape[2]) x \(shape[1])",
        expected: "sides that are multiples of \(network.downsampling)",
        advice: "Crop them with `--size`.")
    }
    let weightsSha256 = try sha256(ofFile: weights)
    let header = LatentCacheHeader(
      itemShape: [
        network.latentChannels, shape[1] / network.downsampling, shape[2] / network.downsampling,
      ],
      element: .float16,
      source: try pictures.recordedSummary(before: LatentCacheWriter.source(in: cache)?.files),
      autoencoder: .init(name: autoencoder, weightsSha256: weightsSha256), mirrored: flip,
      posterior: posterior)
    let writer = try LatentCacheWriter(folder: cache, header: header, shardRows: shardRows)
    try keepWeights(weightsSha256)
    try encode(pictures, with: network, into: writer, progress)
    try writer.finish()
    return pictures.summary.count
  }

  /// Copies the weights into the cache, unless they are already there.
  private func keepWeights(_ hash: String) throws {
    let copy = Self.autoencoderFile(in: cache)
    if (try? sha256(ofFile: copy)) == hash { return }
    try? FileManager.default.removeItem(at: copy)
    try AtomicFile.write(
      readFile(weights, doing: "copying the autoencoder's weights", mapped: true),
      to: cache.appendingPathComponent("autoencoder").appendingPathExtension(weights.pathExtension))
  }

  private func encode(
    _ pictures: any PictureDataset, with network: any Autoencoder, into writer: LatentCacheWriter,
    _ progress: (Int, Int) -> Bool
  ) throws {
    let count = pictures.summary.count
    var next = writer.rowsWritten
    while next < count {
      let rows = next..<min(next + batchSize, count)
      let plain = try latents(rows, of: pictures, mirrored: false, network)
      let mirrored = flip ? try latents(rows, of: pictures, mirrored: true, network) : nil
      try writer.append(
        latents: plain.values, mirrored: mirrored?.values, labels: plain.labels)
      next = rows.upperBound
      if !progress(next, count), next < count {
        throw PeregrineError(
          .interrupted, doing: "encoding `\(data)`",
          found: "a request to stop after \(next) of \(count)",
          advice: "The same command goes on from the last finished shard.")
      }
    }
  }

  private func latents(
    _ rows: Range<Int>, of pictures: any PictureDataset, mirrored: Bool,
    _ network: any Autoencoder
  ) throws -> (values: [Float], labels: [Int]) {
    let items = try rows.map { try pictures.item(at: $0, mirrored: mirrored) }
    let batch = try Tensor(
      Array(joining: items.map(\.values), doing: "encoding a batch of \(items.count) pictures"),
      shape: [items.count] + pictures.summary.itemShape.dimensions,
      dtype: .float32,
      device: device)
    let latents = try withoutGradients {
      try latent(of: network.encode(batch), rows, mirrored: mirrored)
    }
    return (try latents.scalars(Float.self), try rows.map(pictures.label))
  }

  /// The latents that are stored: means, or samples of the posteriors. A sample's noise has one
  /// stream per picture and mirroring, so it does not depend on the batch size or on interruptions.
  private func latent(of posterior: LatentPosterior, _ rows: Range<Int>, mirrored: Bool) throws
    -> Tensor
  {
    guard case .sample(let seed) = self.posterior else { return posterior.mean }
    guard posterior.logVariance != nil else {
      throw PeregrineError(
        .usage, doing: "drawing samples of latents",
        found: "the autoencoder `\(autoencoder)`, which gives one latent per picture",
        advice: "Keep its latents with `--posterior mode`.")
    }
    let purpose = mirrored ? "encoding/posterior/mirrored" : "encoding/posterior"
    let noise = try Tensor.normal(
      rows.map { RandomStream(seed: seed, purpose: purpose, index: UInt64($0)) },
      rowShape: Array(posterior.mean.shape.dropFirst()), device: device)
    return try posterior.sample(noise: noise)
  }
}

extension FolderLock {
  /// Keeps other processes from writing to a latent cache.
  ///
  /// - Throws: ``PeregrineError`` `.busy`, naming the process that writes to it; `.io`.
  convenience init(cache: URL) throws {
    try self.init(
      cache.appendingPathComponent(".lock"), doing: "writing the latent cache `\(cache.path)`")
  }
}
