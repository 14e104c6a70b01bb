import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import RunFiles

@Suite struct RunLayoutTests {
  private let run = RunLayout(URL(fileURLWithPath: "runs/first/"))

  /// Folders of other days and other programs rely on these names.
  @Test func theNamesStayAsTheyAre() {
    let places = [
      run.recipe, run.environment, run.data, run.metrics, run.checkpoints, run.averages,
      run.samples, run.scores, run.pictures, run.report, run.lockFile, run.speed, run.failure,
      run.raceScores("0a1b"), run.grid(atImages: 640), run.average(ofLength: 0.05, atImages: 640),
      RunLayout.pictures(ofSampleSet: run.sampleSet(atImages: 640, key: "0a1b2c3d")),
    ]
    #expect(
      places.map(run.path) == [
        "recipe.yaml", "environment.json", "data.json", "metrics.jsonl", "checkpoints", "averages",
        "samples", "scores", "pictures.png", "report.html", ".lock", "race-speed.json",
        "failed.json", "race-scores-0a1b.json", "samples/0000000640.png",
        "averages/0000000640/0.05.safetensors", "scores/0000000640-0a1b2c3d/pictures",
      ])
    #expect(run.name == "first")
    #expect(Checkpoint.marker == "DONE")
    #expect(
      Set(Checkpoint.Part.allCases.map(\.rawValue)) == [
        "model.safetensors", "ema.safetensors", "state/optimizer.safetensors",
        "state/progress.json", "state/averages.safetensors",
      ])
  }

  @Test func oneAtATimeHoldsTheLock() throws {
    let folder = try TemporaryFolder()
    let run = RunLayout(folder.url.appendingPathComponent("run"))
    var first: RunLock? = try run.lock()
    let error = #expect(throws: PeregrineError.self) { try run.lock() }
    #expect(error?.code == .busy)
    withExtendedLifetime(first) {}
    first = nil
    _ = try run.lock()
  }
}
