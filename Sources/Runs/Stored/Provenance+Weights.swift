import FileAccess
import Foundation
import RunFiles
import Telemetry

extension Provenance {
  /// Whether the weights that drew a picture are still in the folder of their run, for people.
  public var stateOfWeights: String {
    let run = RunLayout(URL(fileURLWithPath: folder ?? run))
    guard run.hasRun else { return "not found: no run in `\(run.url.path)`" }
    let images = Int(checkpoint)
    guard (settings["weights"] ?? "ema") == "ema" else {
      let places = AverageSnapshots(of: run).all.map(\.images)
      return images.map(places.contains) == true
        ? "there: put together from the run's snapshots"
        : "gone: the run has no snapshots at \(checkpoint) images"
    }
    let all = run.finishedCheckpoints()
    guard let found = all.last(where: { $0.images == images }) else {
      let rest = all.map { "\($0.images)" }.joined(separator: ", ")
      return
        "gone: the run has \(rest.isEmpty ? "no checkpoint" : "those at \(rest) images"); training "
        + "keeps all those at multiples of `schedule.keep_every_images`, and the newest "
        + "`schedule.keep_checkpoints`, and those that `sample` has drawn from"
    }
    guard let hash = try? sha256(ofFile: found.ema) else {
      return "unreadable: `\(found.ema.path)`"
    }
    return "sha256:\(hash)" == weightsHash
      ? "there: `\(found.ema.path)`" : "changed: `\(found.ema.path)` has another SHA-256"
  }
}
