import Datasets
import Diagnostics
import Encoding
import Foundation
import Recipes
import RunFiles
import Tensors

extension RecipeLayers {
  /// Whether the data are pictures that an autoencoder has to encode before training.
  public func needsEncoding() throws -> Bool {
    let data = try decoded().data
    guard !data.autoencoder.isEmpty else { return false }
    return try openDataset(data.path, size: data.size == 0 ? nil : data.size, companions: false)
      is any PictureDataset
  }

  /// The layers with the latents of the pictures as data, if the data are pictures and
  /// `data.autoencoder` is set. The latents are kept in a cache beside the run's folder, which
  /// other runs may use.
  ///
  /// - Parameters:
  ///   - onOpening: called with the pictures before they are encoded.
  ///   - progress: called with the number of pictures done and in total; returns whether to
  ///     continue.
  /// - Throws: ``PeregrineError`` `.usage` without the autoencoder's weights and for a folder where
  ///   no run can be started, `.interrupted` if told to stop; the same call goes on.
  public func encodingPictures(
    for run: RunLayout, onOpening: @escaping (DatasetSummary) -> Void = { _ in },
    progress: (Int, Int) -> Bool
  ) throws -> RecipeLayers {
    let data = try decoded().data
    guard !data.autoencoder.isEmpty else { return self }
    let folder = run.url.standardizedFileURL
    let cache = folder.deletingLastPathComponent()
      .appendingPathComponent(folder.lastPathComponent + "-latents")
    let recorded = run.hasRun ? try RecipeLayers(file: run.recipe).entries["data.path"]?.value : nil
    // A run that was started can go on without its pictures.
    if recorded != cache.path || FileManager.default.fileExists(atPath: data.path) {
      guard try needsEncoding() else { return self }
      if !run.hasRun { try ReservedRun.requireFree(run, self) }
      try encode(to: cache, onOpening, progress)
    }
    var layers = self
    try layers.set("data.path", to: cache.path, origin: "the encoded pictures")
    return layers
  }

  private func encode(
    to cache: URL, _ onOpening: @escaping (DatasetSummary) -> Void, _ progress: (Int, Int) -> Bool
  ) throws {
    let recipe = try decoded()
    let data = recipe.data
    guard !data.autoencoderWeights.isEmpty else {
      throw PeregrineError(
        .usage, doing: "encoding the pictures of `\(data.path)`",
        found: "no weights of the autoencoder `\(data.autoencoder)`",
        expected: "`data.autoencoder_weights`",
        advice: "Set it to the file, such as "
          + "`--set data.autoencoder_weights=\(data.autoencoder).safetensors`.")
    }
    var encoding = LatentEncoding(
      data: data.path, size: data.size == 0 ? nil : data.size, autoencoder: data.autoencoder,
      weights: URL(fileURLWithPath: data.autoencoderWeights), cache: cache)
    encoding.flip = data.flip
    encoding.orientation = data.orientation
    encoding.onOpening = onOpening
    encoding.device = try Device(named: recipe.training.device)
    _ = try encoding.run(progress: progress)
  }
}
