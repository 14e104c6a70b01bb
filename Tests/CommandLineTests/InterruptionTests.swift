import Foundation
import RunFiles
import Runs
import TestSupport
import Testing

/// Ctrl-C and `kill -9`, from outside, on the real tool.
@Suite struct InterruptionTests {
  let folder: TemporaryFolder
  let whole: [String: Data]
  // Long enough to be hit before it ends, on fast machines too.
  static let training =
    tinyTraining + [
      "--set", "training.images=2000", "--set", "training.threads=1",
      "--set", "schedule.checkpoint_every_images=100",
      "--set", "optimizer.ema_profiles=0.05, 0.10", "--set", "schedule.snapshot_every_images=500",
    ]

  init() throws {
    folder = try TemporaryFolder()
    let result = try Tool.run(Self.training + ["--out", "whole"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    whole = try Self.weights(folder.url.appendingPathComponent("whole"))
  }

  private static func weights(_ url: URL) throws -> [String: Data] {
    let checkpoint = try RunLayout(url).checkpoint()
    let snapshots = AverageSnapshots(of: RunLayout(url)).all
    #expect(snapshots.count == 8)
    return try Dictionary(
      uniqueKeysWithValues: ([checkpoint.model, checkpoint.ema] + snapshots.map(\.url)).map {
        ($0.pathComponents.suffix(2).joined(separator: "/"), try Data(contentsOf: $0))
      })
  }

  /// Waits until a run has a checkpoint at this many images.
  private func wait(for images: Int, in run: RunLayout, _ process: Process) {
    while process.isRunning, (run.finishedCheckpoints().last?.images ?? 0) < images {
      usleep(2_000)
    }
  }

  @Test func ctrlCSavesAndTheSameCommandGoesOn() throws {
    let run = RunLayout(folder.url.appendingPathComponent("parts"))
    let process = try Tool.start(Self.training + ["--out", "parts"], in: folder.url)
    wait(for: 100, in: run, process)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 75)
    #expect(try run.checkpoint().images < 2000)
    #expect(try Tool.run(Self.training + ["--out", "parts"], in: folder.url).status == 0)
    #expect(try Self.weights(run.url) == whole)
  }

  @Test func killNineLosesNothingBeforeTheLastCheckpoint() throws {
    let run = RunLayout(folder.url.appendingPathComponent("killed"))
    var last = 0
    // At five moments, wherever they fall: in a step, in a checkpoint, in a log line.
    for target in [100, 300, 500, 800, 1100] {
      let process = try Tool.start(Self.training + ["--out", "killed"], in: folder.url)
      wait(for: target, in: run, process)
      usleep(UInt32(target * 37 % 50) * 1_000)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let images = try run.checkpoint().images
      #expect(images >= last && images >= target)
      last = images
    }
    #expect(last < 2000)
    #expect(try Tool.run(Self.training + ["--out", "killed"], in: folder.url).status == 0)
    #expect(try Self.weights(run.url) == whole)
  }

  private static let canMount =
    (try? Tool.shell(
      "unshare -rm mount -t tmpfs tmpfs /tmp", in: FileManager.default.temporaryDirectory))?.status
    == 0

  /// A disk with room for two checkpoints: the last one replaces the oldest.
  @Test(.enabled(if: canMount, "It needs a small disk of its own."))
  func theEndOfARunIsSavedOnAFullDisk()
    throws
  {
    let arguments =
      (tinyTraining + ["--set", "schedule.keep_checkpoints=9", "--out", "disk/run"])
      .map { "'\($0)'" }.joined(separator: " ")
    let result = try Tool.shell(
      """
      mkdir disk && unshare -rm sh -c 'mount -t tmpfs -o size=60m tmpfs disk && cd . && \
        "$TOOL" "$@" && ls disk/run/checkpoints' sh \(arguments)
      """, in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("0000000080") && !result.output.contains("0000000020"))
    #expect(result.errors.contains("at 20 images was removed to make room"))
    #expect(result.errors.contains("checking the disk of") && result.errors.contains("MB free"))
    #expect(result.errors.contains("a full disk") && result.errors.contains("expected room for"))
    #expect(!result.errors.contains("expected room for 0 B"))
  }
}
