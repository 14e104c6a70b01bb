import Datasets
import Diagnostics
import Encoders
import FileAccess
import Foundation
import Pictures
import Tensors

/// Computes a teacher's features for the pictures of a finished latent cache and stores them with the
/// latents. An interrupted call can be continued.
///
/// If the cache contains latents of mirrored pictures, features of the mirrored pictures are
/// computed too.
public struct FeatureEncoding {
  /// The dataset, as ``openDataset(_:size:companions:)`` reads it.
  public var data: String
  /// The side that pictures were cropped to for the cache; `nil` if they were not cropped.
  public var size: Int?
  /// What was done with the EXIF orientation of picture files for the cache.
  public var orientation = PictureOrientation.stored
  /// The teacher: a name of `FeatureNetworks`, with or without a side.
  public var network: String
  /// The file with the teacher's weights.
  public var weights: URL
  /// The folder of the cache.
  public var cache: URL
  /// The number of pictures per forward pass.
  public var batchSize = 64
  /// The device that the teacher runs on.
  public var device = Device.cpu

  /// Creates an encoding; all other properties have defaults.
  public init(data: String, size: Int?, network: String, weights: URL, cache: URL) {
    self.data = data
    self.size = size
    self.network = network
    self.weights = weights
    self.cache = cache
  }

  /// Computes the missing features.
  ///
  /// - Parameter progress: called with the number of pictures done and in total; returns whether to
  ///   continue.
  /// - Returns: the features that are now in the cache.
  /// - Throws: ``PeregrineError`` `.interrupted` if told to stop; finished shards are kept.
  ///   `.usage` without a finished cache, for pictures that are not those of the cache, and if it
  ///   contains other features.
  public func run(progress: (Int, Int) -> Bool) throws -> CachedFeatures {
    try run(loading: loadTeacher, progress: progress)
  }

  /// Opens the teacher; its weights must fit.
  package func loadTeacher() throws -> TeacherNetwork {
    try TeacherNetwork(network, weights: weights, device: device)
  }

  /// Checks that the cache is finished, without reading all of it.
  package func check() throws { _ = try finishedCache(verified: false) }

  /// Computes with the teacher from `loading`, which is called after cache and pictures were checked.
  package func run(loading: () throws -> TeacherNetwork, progress: (Int, Int) -> Bool) throws
    -> CachedFeatures
  {
    let latents = try finishedCache()
    let lock = try FolderLock(cache: cache)
    defer { withExtendedLifetime(lock) {} }
    let pictures = try requirePictures(of: latents)
    let teacher = try loading()
    let writer = try TeacherFeatureCacheWriter(
      folder: cache, features: teacher.facts(of: pictures.picture(at: 0)))
    let count = latents.summary.count
    while let rows = writer.nextRows(atMost: batchSize) {
      let start = ContinuousClock.now
      let plain = try features(rows, of: pictures, mirrored: false, teacher)
      let mirrored =
        writer.needsMirrored ? try features(rows, of: pictures, mirrored: true, teacher) : nil
      let cost = FeatureCost(
        seconds: (ContinuousClock.now - start) / .seconds(1),
        pictures: rows.count * (mirrored == nil ? 1 : 2))
      try writer.append(features: plain, mirrored: mirrored, cost: cost)
      if !progress(rows.upperBound, count), rows.upperBound < count {
        throw PeregrineError(
          .interrupted, doing: "computing features of `\(data)`",
          found: "a request to stop after \(rows.upperBound) of \(count)",
          advice: "The same command goes on from the last finished shard.")
      }
    }
    return writer.cached
  }

  private func finishedCache(verified: Bool = true) throws -> LatentCacheDataset {
    guard FileManager.default.fileExists(atPath: cache.appendingPathComponent("cache.json").path)
    else {
      throw PeregrineError(
        .usage, doing: "adding features to `\(cache.path)`", found: "no latent cache there",
        expected: "the folder of a finished one",
        advice: "Make latents as well, with `--with` and `--weights`. Runs on pictures need no "
          + "features on disk: they ask the teacher while they train.")
    }
    return try LatentCacheDataset(folder: cache, verified: verified, features: false)
  }

  private func requirePictures(of latents: LatentCacheDataset) throws -> any PictureDataset {
    guard
      let pictures = try openDataset(data, size: size, orientation: orientation)
        as? any PictureDataset
    else {
      throw PeregrineError(
        .usage, doing: "computing features of `\(data)`", found: "latents",
        expected: "a dataset of pictures")
    }
    let source = latents.header.source
    let found = try pictures.recordedSummary(before: source.files)
    guard source.isSame(as: found), found.count == source.count else {
      throw PeregrineError(
        .usage, doing: "adding features of `\(data)` to `\(cache.path)`",
        found: "\(found.count) pictures of shape \(found.itemShape), `\(found.name)`",
        expected: "those of the latents: \(source.count) of shape \(source.itemShape), "
          + "`\(source.name)`, unchanged since",
        advice: "Give the same data, `--size` and `--orientation` as for the latents.")
    }
    return pictures
  }

  private func features(
    _ rows: Range<Int>, of pictures: any PictureDataset, mirrored: Bool, _ teacher: TeacherNetwork
  ) throws -> [Float] {
    let shown = try rows.map {
      let picture = try pictures.picture(at: $0)
      return mirrored ? try picture.flippedHorizontally() : picture
    }
    return try teacher.features(of: shown).scalars(Float.self)
  }
}
