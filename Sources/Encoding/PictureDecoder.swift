import Datasets
import Diagnostics
import Encoders
import FileAccess
import Foundation
import Pictures
import Samples
import Tensors

/// Turns a model's samples into pictures: pixels directly, latents with the autoencoder's decoder.
public struct PictureDecoder {
  private let latents: LatentSpace?
  private let autoencoder: (any Autoencoder)?
  private let device: Device

  /// Loads the autoencoder if items are latents.
  ///
  /// - Parameter weights: the file with the autoencoder's weights, if it has moved.
  /// - Throws: ``PeregrineError`` `.missingInput` without the weights, `.badData` if their hash is
  ///   not that of the weights that made the latents.
  public init(_ data: DataDescription, weights: URL? = nil, device: Device) throws {
    latents = data.latents
    self.device = device
    autoencoder = try data.latents.map { latents in
      let url = weights ?? URL(fileURLWithPath: latents.weights)
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw PeregrineError(
          .missingInput, doing: "opening the autoencoder `\(latents.autoencoder)`",
          found: "no file at `\(url.path)`",
          advice:
            "Restore the file; `sample` and `evaluate` take its place with `--autoencoder FILE`."
        )
      }
      let hash = try sha256(ofFile: url)
      guard hash == latents.weightsSha256 else {
        throw PeregrineError(
          .badData, doing: "opening the autoencoder `\(url.path)`",
          found: "weights with sha256 \(hash)",
          expected: latents.weightsSha256,
          advice: "The latents were made with other weights; restore those, or give their place to "
            + "`sample` and `evaluate` with `--autoencoder FILE`.")
      }
      let autoencoder = try Autoencoders.load(latents.autoencoder, weights: url)
      try autoencoder.convert(to: .float32, on: device)
      return autoencoder
    }
    try requireChannels(of: data.summary)
  }

  /// Rejects items that do not have the channels of pictures, or of the autoencoder's latents.
  private func requireChannels(of summary: DatasetSummary) throws {
    let channels = summary.itemShape.dimensions.first ?? 0
    let accepted = autoencoder.map { [$0.latentChannels] } ?? [1, 3]
    guard !accepted.contains(channels) else { return }
    throw PeregrineError(
      .badData, doing: "choosing how items of shape \(summary.itemShape) become pictures",
      found: "\(channels) channels",
      expected: accepted.map(String.init).joined(separator: " or ")
        + (autoencoder.map { ", the latents of `\($0.name)`" } ?? ""),
      advice: autoencoder == nil
        ? "These are latents; name their autoencoder with `data.autoencoder`."
        : "Name the autoencoder that made them with `data.autoencoder`.")
  }

  /// The shape of the pictures that items of a shape become.
  package func pictureShape(of item: ItemShape) -> ItemShape {
    let factor = autoencoder?.downsampling ?? 1
    return ItemShape(
      dimensions: [3] + item.dimensions.dropFirst().map { factor * $0 })
  }

  /// Decodes samples `[batch, channels, side, side]`.
  public func pictures(_ samples: Tensor) throws -> [Picture] {
    try withoutGradients {
      var values = try samples.to(.float32, on: device)
      if let latents, let autoencoder {
        values = try autoencoder.decode(latents.scaling.stored(values))
      }
      return try Self.pictures(pixels: values)
    }
  }

  /// Converts pixels in −1…1, with one or three channels, to bytes, rounded to the nearest.
  ///
  /// SR-DiT's script truncates instead, `255 x` cut off after a clamp to 0.9999, which makes its
  /// pictures half a level darker.
  private static func pictures(pixels: Tensor) throws -> [Picture] {
    let (channels, height, width) = (pixels.shape[1], pixels.shape[2], pixels.shape[3])
    precondition(
      channels == 3 || channels == 1, "The decoder makes pictures of \(channels) channels.")
    // b c y x -> b y x c; 0.5 is added so that the truncating conversion rounds.
    let bytes = try ((pixels.clamped(-1, 1) + 1) * 127.5 + 0.5)
      .expanded([pixels.shape[0], 3, height, width])
      .permuted([0, 2, 3, 1]).to(.uint8).scalars(UInt8.self)
    let size = 3 * height * width
    return try (0..<pixels.shape[0]).map { place in
      try Picture(width: width, height: height) {
        _ = $0.update(fromContentsOf: bytes[place * size..<(place + 1) * size])
      }
    }
  }
}
