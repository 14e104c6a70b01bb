import Datasets
import Diagnostics
import FileAccess
import Foundation
import Pictures
import Tensors

/// A frozen network that provides the features used in training.
///
/// If the data comes with the teacher's features, they are used and no network is loaded. Otherwise
/// the network runs on the pictures of the batch: the items themselves, or the pictures that come
/// with latents.
public struct Teacher {
  private enum Source {
    case cache(TeacherFeatures)
    case network(TeacherNetwork, pictureShape: [Int], besideLatents: Bool)
  }

  private let source: Source
  private let grid: Int
  private let device: Device

  /// Opens a teacher.
  ///
  /// - Parameters:
  ///   - name: a name of `FeatureNetworks`, such as `mobilenet-v2@128` or `dinov2-vitb14-repa`.
  ///   - weights: the file with its weights; not needed if the data comes with its features.
  ///   - grid: the side of the student's token grid.
  /// - Throws: ``PeregrineError`` `.usage` if the data comes with features of another teacher, if
  ///   it has neither features nor pictures, if weights are needed and not given, and for networks
  ///   without tokens; `.missingInput` or `.badData` for weights that do not exist or do not fit.
  public init(_ name: String, weights: URL?, data: DatasetSummary, grid: Int, device: Device) throws
  {
    self.grid = grid
    self.device = device
    if let features = data.features {
      try Self.require(features, name, weights, data)
      source = .cache(features)
      return
    }
    let shape = try Self.pictureShape(data, name)
    guard let weights else {
      throw PeregrineError(
        .usage, doing: "choosing the teacher `\(name)`", found: "no file with its weights",
        advice: "Give its weights, or make a cache with `encode --features \(name)`.")
    }
    source = .network(
      try TeacherNetwork(name, weights: weights, device: device), pictureShape: shape,
      besideLatents: data.pictureShape != nil)
  }

  /// Creates a teacher from a loaded network, for pictures of this shape.
  init(
    _ network: TeacherNetwork, pictureShape: [Int], besideLatents: Bool, grid: Int, device: Device
  ) {
    source = .network(network, pictureShape: pictureShape, besideLatents: besideLatents)
    self.grid = grid
    self.device = device
  }

  /// The width of the class token and of each token.
  public var width: Int {
    switch source {
    case .cache(let features): features.shape[1]
    case .network(let network, _, _): network.width
    }
  }

  /// The SHA-256 of its weights.
  public var weightsSha256: String {
    switch source {
    case .cache(let features): features.weightsSha256
    case .network(let network, _, _): network.weightsSha256
    }
  }

  /// Floating-point operations for one picture (one multiply-add counts as two); `nil` if the
  /// features come from a cache, which records their cost.
  public var forwardFLOPs: Double? {
    guard case .network(let network, let shape, _) = source else { return nil }
    return network.forwardFLOPs(side: shape[2])
  }

  /// The features of some rows of a batch, `[rows, 1 + grid², width]` with the class token first,
  /// in float32 and without gradient.
  ///
  /// If the teacher's grid has another side, it is resampled to the student's: bilinear with half-pixel
  /// centres, with antialiasing when it shrinks. The class token is not changed.
  /// - Throws: ``PeregrineError`` `.badData` for a batch without features or pictures, and for a
  ///   teacher whose patches do not form a square.
  public func features(of batch: HostBatch, rows: Range<Int>) throws -> Tensor {
    switch source {
    case .cache(let features):
      let values = try Self.rows(rows, of: batch.features, each: features.size, batch)
      return try onGrid(
        Tensor(values, shape: [rows.count] + features.shape, dtype: .float32, device: device))
    case .network(let network, let shape, let besideLatents):
      let size = shape.reduce(1, *)
      let values = try Self.rows(
        rows, of: besideLatents ? batch.pictures : batch.values, each: size, batch)
      let pictures = try (0..<rows.count).map {
        try Picture(values: values[$0 * size..<($0 + 1) * size], shape: shape)
      }
      return try onGrid(network.features(of: pictures))
    }
  }

  /// Resamples a sequence to the student's grid.
  private func onGrid(_ sequence: Tensor) throws -> Tensor {
    let (rows, places, width) = (sequence.shape[0], sequence.shape[1] - 1, sequence.shape[2])
    if places == grid * grid { return sequence }
    let side = Int(Double(places).squareRoot().rounded())
    guard side * side == places else {
      throw PeregrineError(
        .badData, doing: "bringing a teacher's features to a grid of \(grid) x \(grid)",
        found: "\(places) places", expected: "a square")
    }
    return try withoutGradients {
      // b (y x) c -> b c y x and back
      let map = try sequence.sliced(1, 1..<places + 1).reshaped([rows, side, side, width])
        .permuted([0, 3, 1, 2])
        .resized(height: grid, width: grid, filter: .bilinear, antialias: true)
      let tokens = try map.permuted([0, 2, 3, 1]).reshaped([rows, grid * grid, width])
      return try .concatenated([sequence.sliced(1, 0..<1), tokens], dim: 1)
    }
  }

  private static func rows(
    _ rows: Range<Int>, of values: [Float], each size: Int, _ batch: HostBatch
  ) throws -> [Float] {
    guard rows.upperBound * size <= values.count, rows.lowerBound >= 0 else {
      throw PeregrineError(
        .badData, doing: "asking the teacher about rows \(rows) of a batch",
        found: "\(values.count) numbers for it in a batch of \(batch.conditions.count)",
        expected: "\(size) a row",
        advice: "Open the data with what comes with its latents.")
    }
    return try Array(
      joining: [values[rows.lowerBound * size..<rows.upperBound * size]],
      doing: "showing \(rows.count) items to the teacher")
  }

  /// Rejects cached features of another teacher.
  private static func require(
    _ features: TeacherFeatures, _ name: String, _ weights: URL?, _ data: DatasetSummary
  ) throws {
    let doing = "choosing the teacher `\(name)` for `\(data.name)`"
    guard features.network == name else {
      throw PeregrineError(
        .usage, doing: doing, found: "features of `\(features.network)` in the cache",
        expected: "features of `\(name)`",
        advice: "Name `\(features.network)`, or delete `features.json` in the cache and encode "
          + "features of `\(name)`.")
    }
    guard let weights, let hash = try? sha256(ofFile: weights) else { return }
    guard hash == features.weightsSha256 else {
      throw PeregrineError(
        .usage, doing: doing, found: "weights with sha256 \(hash)",
        expected: features.weightsSha256 + ", of which the cache's features are",
        advice: "Give those weights, or leave them out.")
    }
  }

  /// The shape of the pictures that the data has.
  private static func pictureShape(_ data: DatasetSummary, _ name: String) throws -> [Int] {
    let shape = data.pictureShape ?? data.itemShape.dimensions
    let isLatent = data.pictureShape == nil && data.kind == LatentCacheDataset.kind
    guard !isLatent, shape.count == 3, shape[0] == 3 || shape[0] == 1, shape[1] == shape[2] else {
      throw PeregrineError(
        .usage, doing: "choosing the teacher `\(name)` for `\(data.name)`",
        found: isLatent
          ? "latents without finished features" : "items of shape \(shape), which are no pictures",
        expected: "square pictures, or latents with features or pictures",
        advice: "Run `encode --features \(name)` on the cache; it goes on where it stopped.")
    }
    return shape
  }
}

extension Picture {
  /// Converts values in −1…1, `[3 or 1, height, width]`, to the nearest bytes.
  fileprivate init(values: ArraySlice<Float>, shape: [Int]) throws {
    let (channels, area) = (shape[0], shape[1] * shape[2])
    try self.init(width: shape[2], height: shape[1]) { target in
      values.withUnsafeBufferPointer { source in
        for place in 0..<area {
          for channel in 0..<3 {
            let value = source[(channels == 3 ? channel * area : 0) + place]
            target[3 * place + channel] = UInt8(min(255, max(0, (value + 1) * 127.5)).rounded())
          }
        }
      }
    }
  }
}
