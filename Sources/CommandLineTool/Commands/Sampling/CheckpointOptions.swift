import ArgumentParser
import Foundation
import RunFiles
import Runs
import Tensors

/// Which weights of a run are used, and how its latents are decoded to pictures.
struct CheckpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Use the checkpoint at this many images. Default: the newest.", valueName: "images"))
  var checkpoint: Int?

  @Option(
    help: ArgumentHelp(
      "Put the average of this relative length together from the run's snapshots, such as 0.08.",
      valueName: "length"))
  var emaLength: Double?

  @Option(
    help: ArgumentHelp(
      "The autoencoder's weights, when they are no longer where they were.", valueName: "file"))
  var autoencoder: String?

  /// The names of the options that were given.
  var given: [String] {
    [
      checkpoint.map { _ in "checkpoint" }, emaLength.map { _ in "ema-length" },
      autoencoder.map { _ in "autoencoder" },
    ].compactMap { $0 }
  }

  /// Loads the run's averaged weights; of a damaged newest checkpoint, those of the one before it.
  func load(_ run: RunLayout, device: Device) throws -> TrainedRun {
    try TrainedRun(
      run, atImages: checkpoint, averageLength: emaLength,
      autoencoder: autoencoder.map { URL(fileURLWithPath: $0) }, device: device
    ) { Terminal.complain("warning: \($0)") }
  }
}
