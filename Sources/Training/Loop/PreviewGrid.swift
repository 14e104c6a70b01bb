import Diagnostics
import Encoding
import Foundation
import Pictures
import Recipes
import RunFiles
import Runs
import Samples
import Tensors

/// A grid of samples of a run, always with the same noise and classes.
struct PreviewGrid {
  private static let batchSize = 64

  let png: Data
  let width: Int
  let height: Int

  /// Draws a grid with the current weights of the session's model.
  ///
  /// - Parameter shouldStop: called after every batch of pictures.
  /// - Throws: `.interrupted` if it is told to stop.
  init(of session: TrainingSession, in run: RunLayout, shouldStop: () -> Bool) throws {
    let recipe = session.recipe
    let description = session.source.description
    let classes = description.summary.classNames.count
    let count = recipe.preview.count
    // Few classes are repeated in turn; of many classes, evenly spaced ones are used.
    let labels = (0..<count).map { classes <= count ? $0 % max(classes, 1) : $0 * classes / count }
    let drawing = try Drawing(recipe, recipe.preview.sampler, precision: recipe.computationDType)
    let sampling = PictureSampling(
      backbone: session.model, decoder: try PictureDecoder(description, device: session.device),
      device: session.device)
    var pictures: [Picture] = []
    try sampling.draw(
      Array(0..<count), condition: { Condition(label: labels[$0], of: classes) },
      by: drawing.generator, seed: recipe.training.seed, batchSize: Self.batchSize
    ) { _, picture in
      pictures.append(picture)
      return pictures.count % Self.batchSize != 0 || !shouldStop()
    }
    guard pictures.count == count else {
      throw PeregrineError(
        .interrupted, doing: "drawing samples",
        found: "a request to stop after \(pictures.count) of \(count)",
        advice: "The same command draws them.")
    }
    let columns = max(1, Int(Double(count).squareRoot().rounded(.up)))
    let names = description.summary.classNames
    let grid = try Picture.grid(pictures, columns: columns)
      .upscaled(by: max(1, 128 / max(1, pictures[0].width)))
    (width, height) = (grid.width, grid.height)
    png = try grid.pngData(text: [
      "Software": "Peregrine", "peregrine:run": run.name,
      "peregrine:images": "\(session.progress.images)",
      "peregrine:labels": labels.map(String.init).joined(separator: ","),
      "peregrine:columns": "\(columns)",
      "peregrine:class_names": String(
        decoding: JSONEncoder().encode(names.isEmpty ? [] : labels.map { names[$0] }),
        as: UTF8.self),
    ])
  }
}
