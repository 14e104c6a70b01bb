import ArgumentParser
import Data
import Encoders
import Foundation
import Tensors
import Training

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Encodes pictures into a latent cache; the same command resumes.",
    discussion: """
      DATA is a folder of class folders with PNG or JPEG files, an .npy prefix (DIR/NAME for
      DIR/NAME*_x.npy), or the EDM2/REPA layout.

      Examples:
        peregrine encode photos/ --size 256 --with taef2 --weights taef2.safetensors --out CACHE
        peregrine encode data/caltech64_train --with taef2 --weights taef2.safetensors --flip --out CACHE
        peregrine encode photos/ --size 256 --with invae --weights e2e-invae-400k.pt --posterior sample --out CACHE
      """)

  enum Posterior: String, CaseIterable, ExpressibleByArgument {
    case mode, sample
  }

  @Argument(help: "The pictures.")
  var data: String

  @Option(help: "The autoencoder: \(Autoencoders.names.joined(separator: ", ")).")
  var with: String

  @Option(
    help: ArgumentHelp(
      "The autoencoder's weights: safetensors, or PyTorch's .pt, .pth, .ckpt.", valueName: "file"))
  var weights: String

  @Option(help: ArgumentHelp("The folder of the cache.", valueName: "folder"))
  var out: String

  @Option(help: "Crop pictures to this side (ADM centre crop). Default: as they are.")
  var size: Int?

  @Flag(help: "Encode mirrored pictures too, for data.flip.")
  var flip = false

  @Option(help: "Which latent of each picture to keep: its posterior's mode, or one sample of it.")
  var posterior = Posterior.mode

  @Option(help: "The seed of the samples' noise. Default: 0.")
  var seed: UInt64?

  @Option(help: "Pictures per forward pass.")
  var batch = 64

  @Option(help: "cpu, cuda or cuda:N.")
  var device = "cpu"

  func validate() throws {
    if batch < 1 { throw ValidationError("--batch must be at least 1.") }
    if let size, size < 1 { throw ValidationError("--size must be at least 1.") }
    if seed != nil, posterior == .mode {
      throw ValidationError("--seed is for --posterior sample.")
    }
  }

  func run() throws {
    var encoding = LatentEncoding(
      data: data, size: size, autoencoder: with, weights: URL(fileURLWithPath: weights),
      cache: URL(fileURLWithPath: out))
    encoding.flip = flip
    encoding.posterior = posterior == .sample ? .sample(seed: seed ?? 0) : .mode
    encoding.batchSize = batch
    encoding.device = try Device(named: device)
    let interruption = Interruption()
    var display: ProgressDisplay?
    let count = try encoding.run { done, total in
      display = display ?? ProgressDisplay(total: total, unit: "pictures", startedAt: done)
      display?.update(done: done)
      return !interruption.isRequested
    }
    display?.finish()
    Terminal.complain("Encoded \(count) pictures.")
    Terminal.say(out)
  }
}
