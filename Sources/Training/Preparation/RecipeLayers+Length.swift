import Datasets
import Recipes
import RunFiles

extension RecipeLayers {
  /// The layers with a length that suits the data, where a layer says `training.images: 0`: a
  /// hundred passes over the pictures, but between 20,000 and 80,000 images. What depends on the
  /// length and is not set follows it: warm-up, cool-down and the schedule.
  ///
  /// - Parameter run: the run's folder; a run that was started before keeps what it was given.
  /// - Throws: ``PeregrineError`` for data that cannot be opened.
  public func fittedToData(for run: RunLayout? = nil) throws -> RecipeLayers {
    guard fitsData else { return self }
    if let run, run.hasRun {
      let recorded = try RecipeLayers(file: run.recipe).entries
      return try taking(
        Self.lengths(0, of: 0).compactMap { key, _ in
          recorded[key].map { (key, $0.value) }
        }, origin: "as before")
    }
    let recipe = try decoded()
    let count = try openDataset(
      recipe.data.path, size: recipe.data.size == 0 ? nil : recipe.data.size, companions: false
    ).summary.count
    let images =
      recipe.training.images == 0
      ? min(max(100 * count, 20_000), 80_000) : recipe.training.images
    return try taking(
      Self.lengths(images, of: count).map { ($0, "\($1)") }, origin: "from \(count) pictures")
  }

  private func taking(_ values: [(key: String, value: String)], origin: String) throws
    -> RecipeLayers
  {
    var layers = self
    for (key, value) in values {
      let isOpen = key == "training.images" ? entries[key]?.value == "0" : !isSet(key)
      if isOpen { try layers.set(key, to: value, origin: origin) }
    }
    return layers
  }

  private func isSet(_ key: String) -> Bool { entries[key]?.origin != "default" }

  private static func lengths(_ images: Int, of count: Int) -> [(key: String, value: Int)] {
    [
      ("training.images", images),
      ("optimizer.warmup_images", images / 20),
      ("optimizer.cooldown_images", images / 2),
      ("schedule.log_every_images", max(images / 50, 1)),
      ("schedule.validate_every_images", images / 10),
      ("schedule.preview_every_images", images / 5),
      ("schedule.checkpoint_every_images", images / 5),
    ]
  }
}
