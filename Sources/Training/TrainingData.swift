import Data
import Diagnostics
import Foundation

/// What the data of a run is, and how its latents become pictures; kept as `data.json`.
public struct DataDescription: Codable, Equatable, Sendable {
  /// The training part.
  public var summary: DatasetSummary
  /// The way back to pictures, when items are latents.
  public var latents: LatentSpace?

  /// Reads the description of a run.
  public init(of run: RunFolder) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Foundation.Data(contentsOf: run.data))
    } catch {
      throw PeregrineError(
        .badData, doing: "reading `\(run.data.path)`", found: "no readable description of the data",
        advice: "Is `\(run.url.path)` the folder of a training run?", cause: error)
    }
  }

  /// Describes data.
  public init(summary: DatasetSummary, latents: LatentSpace? = nil) {
    self.summary = summary
    self.latents = latents
  }

  func requireSquare() throws {
    let shape = summary.itemShape
    guard shape.count == 3, shape[1] == shape[2] else {
      throw PeregrineError(
        .badData, doing: "choosing a model for `\(summary.name)`", found: "items of shape \(shape)",
        expected: "squares, [channels, side, side]", advice: "Crop them with `data.size`.")
    }
  }
}

/// The latents of one autoencoder, and the statistics they were standardised with.
public struct LatentSpace: Codable, Equatable, Sendable {
  /// The autoencoder's name.
  public var autoencoder: String
  /// The hash of its weights.
  public var weightsSha256: String
  /// Where its weights were at training time.
  public var weights: String
  /// The mean that was subtracted, per channel; zeros when latents are used as they are.
  public var mean: [Double]
  /// The deviation that was divided by, per channel; ones when latents are used as they are.
  public var standardDeviation: [Double]
}

/// The two parts of a run's data, ready to be loaded from.
struct TrainingData {
  let description: DataDescription
  let training: any Dataset
  let validation: any Dataset

  /// Opens what the recipe names and holds out the validation part.
  init(_ recipe: Recipe) throws {
    let whole = try openDataset(
      recipe.data.path, size: recipe.data.size == 0 ? nil : recipe.data.size)
    if recipe.data.flip, !whole.mirrors {
      throw PeregrineError(
        .usage, doing: "opening the data `\(recipe.data.path)`",
        found: "`data.flip: true` for a cache without mirrored latents",
        advice: "Set `data.flip=false`, or encode again with `--flip`.")
    }
    let held = recipe.data.validationCount
    guard held < whole.summary.count else {
      throw PeregrineError(
        .usage, doing: "holding out \(held) items for validation",
        found: "\(whole.summary.count) items in `\(recipe.data.path)`",
        advice: "Set `data.validation_count` lower.")
    }
    let latents = Self.latentSpace(of: whole, recipe)
    let items: any Dataset = latents.map { Standardized(base: whole, latents: $0) } ?? whole
    let parts = items.holdingOut(held, seed: recipe.training.seed)
    training = parts.training
    validation = parts.validation
    description = DataDescription(summary: parts.training.summary, latents: latents)
  }

  private static func latentSpace(of dataset: any Dataset, _ recipe: Recipe) -> LatentSpace? {
    guard let cache = dataset as? LatentCacheDataset else { return nil }
    let channels = cache.summary.itemShape[0]
    let standardize = recipe.data.standardize
    return LatentSpace(
      autoencoder: cache.header.autoencoder.name,
      weightsSha256: cache.header.autoencoder.weightsSha256,
      weights: LatentEncoding.autoencoderFile(in: URL(fileURLWithPath: recipe.data.path)).path,
      mean: standardize ? cache.mean : [Double](repeating: 0, count: channels),
      standardDeviation: standardize
        ? cache.standardDeviation.map { max($0, 1e-6) } : [Double](repeating: 1, count: channels))
  }
}

/// Latents brought to mean 0 and deviation 1 per channel.
private struct Standardized: Dataset {
  let base: any Dataset
  let latents: LatentSpace

  var summary: DatasetSummary { base.summary }
  var mirrors: Bool { base.mirrors }

  func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    var item = try base.item(at: index, mirrored: mirrored)
    let area = item.values.count / latents.mean.count
    for (channel, (mean, deviation)) in zip(latents.mean, latents.standardDeviation).enumerated() {
      for place in channel * area..<(channel + 1) * area {
        item.values[place] = Float((Double(item.values[place]) - mean) / deviation)
      }
    }
    return item
  }
}
