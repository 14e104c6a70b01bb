import ArgumentParser
import Datasets
import Diagnostics
import Encoders
import Encoding
import Foundation
import Tensors

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Encodes pictures into a latent cache; adds a teacher's features to it.",
    discussion: """
      The same command resumes. --with makes latents. --features puts a teacher's features
      beside them, in the same call or later, for a finished cache of the same pictures.
      Training on pictures needs no features on disk: the teacher is asked on the way.

      DATA is a folder of PNG, JPEG or WebP files or of class folders with them, an .npy prefix
      (DIR/NAME for DIR/NAME*_x.npy), or the EDM2/REPA layout.

      Examples:
        peregrine encode photos/ --size 256 --with taef2 --weights taef2.safetensors --out CACHE
        peregrine encode data/caltech64_train --with taef2 --weights taef2.safetensors --flip --out CACHE
        peregrine encode photos/ --size 256 --with invae --weights e2e-invae-400k.pt --posterior sample --out CACHE
        peregrine encode data/caltech64_train --features mobilenet-v2@128 --feature-weights mobilenet_v2.safetensors --out CACHE
      """)

  enum Posterior: String, CaseIterable, ExpressibleByArgument {
    case mode, sample
  }

  @Argument(help: "The pictures.")
  var data: String

  @Option(help: "The autoencoder: \(Autoencoders.names.joined(separator: ", ")).")
  var with: String?

  @Option(
    help: ArgumentHelp(
      "The autoencoder's weights: safetensors, or PyTorch's .pt, .pth, .ckpt.", valueName: "file"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "The teacher, for alignment: a feature network with tokens, such as mobilenet-v2@128 or dinov2-vitb14-repa.",
      valueName: "network"))
  var features: String?

  @Option(help: ArgumentHelp("The teacher's weights.", valueName: "file"))
  var featureWeights: String?

  @Option(help: ArgumentHelp("The folder of the cache.", valueName: "folder"))
  var out: String

  @Option(
    help:
      "Crop pictures to this side (ADM centre crop), \(Bounds.side.words). Default: as they are.")
  var size: Int?

  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Encode mirrored pictures too, for data.flip.")
  var flip = false

  @Option(help: "Which latent of each picture to keep: its posterior's mode, or one sample of it.")
  var posterior = Posterior.mode

  @Option(help: "The seed of the samples' noise. Default: 0.")
  var seed: UInt64?

  @Option(help: "Pictures per forward pass, \(Bounds.batch.words).")
  var batch = 64

  @Option(help: "auto (a GPU if any), cpu, cuda or cuda:N.")
  var device = "auto"

  func validate() throws {
    try Bounds.batch.require(batch, of: "--batch")
    try Bounds.side.require(size, of: "--size")
    if with == nil, features == nil {
      throw ValidationError("Nothing to do without --with (latents) or --features (a teacher's).")
    }
    if (with == nil) != (weights == nil) {
      throw ValidationError("--with and --weights go together.")
    }
    if (features == nil) != (featureWeights == nil) {
      throw ValidationError("--features and --feature-weights go together.")
    }
    if with == nil, flip || posterior != .mode {
      throw ValidationError("--flip and --posterior are for --with; features follow the latents.")
    }
    if seed != nil, posterior == .mode {
      throw ValidationError("--seed is for --posterior sample.")
    }
  }

  func run() throws {
    let interruption = Interruption()
    let device = try Device(named: device)
    Heartbeat.begin("opening the pictures and the networks")
    // The teacher is opened before the work of hours, and the cache is looked at before the teacher.
    let (latents, features) = (latentEncoding(on: device), featureEncoding(on: device))
    if let latents { try latents.check() } else { try features?.check() }
    let teacher = try features?.loadTeacher()
    if let latents { try encode(latents, interruption) }
    if let features, let teacher { try addFeatures(features, teacher, interruption) }
    Terminal.say(out)
  }

  private func latentEncoding(on device: Device) -> LatentEncoding? {
    guard let with, let weights else { return nil }
    var encoding = LatentEncoding(
      data: data, size: size, autoencoder: with, weights: URL(fileURLWithPath: weights),
      cache: URL(fileURLWithPath: out))
    encoding.orientation = pictures.orientation
    encoding.flip = flip
    encoding.posterior = posterior == .sample ? .sample(seed: seed ?? 0) : .mode
    encoding.batchSize = batch
    encoding.device = device
    encoding.onOpening = Terminal.complain(notices:)
    return encoding
  }

  private func encode(_ encoding: LatentEncoding, _ interruption: Interruption) throws {
    let count = try showing(interruption) { try encoding.run(progress: $0) }
    Terminal.complain("Encoded \(count) pictures.")
    if flip {
      Terminal.complain("Mirrored pictures are used by recipes with data.flip=true.")
    }
  }

  private func featureEncoding(on device: Device) -> FeatureEncoding? {
    guard let features, let featureWeights else { return nil }
    var encoding = FeatureEncoding(
      data: data, size: size, network: features, weights: URL(fileURLWithPath: featureWeights),
      cache: URL(fileURLWithPath: out))
    encoding.orientation = pictures.orientation
    encoding.batchSize = batch
    encoding.device = device
    return encoding
  }

  private func addFeatures(
    _ encoding: FeatureEncoding, _ teacher: TeacherNetwork, _ interruption: Interruption
  ) throws {
    let cached = try showing(interruption) {
      try encoding.run(loading: { teacher }, progress: $0)
    }
    Terminal.complain("Features of \(cached.rows) pictures: \(cached.costText).")
  }

  /// Runs work with a progress line and listens for Ctrl-C.
  private func showing<Result>(
    _ interruption: Interruption, _ work: ((Int, Int) -> Bool) throws -> Result
  ) throws -> Result {
    var display: ProgressDisplay?
    defer { display?.finish() }
    return try work { done, total in
      display = display ?? ProgressDisplay(total: total, unit: "pictures", startedAt: done)
      display?.update(done: done)
      return !interruption.isRequested
    }
  }
}
