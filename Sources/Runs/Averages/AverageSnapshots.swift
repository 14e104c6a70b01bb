import Diagnostics
import DiffusionMath
import FileAccess
import Foundation
import Nets
import RunFiles
import Tensors

/// The snapshots of power-function averages in a run's folder: `averages/IMAGES/LENGTH.safetensors`.
///
/// Files are written atomically; the marker `DONE` beside them holds their hashes. A run that resumes from a checkpoint writes the later snapshots again.
/// The files' metadata contains `relative_length` and `images`.
public struct AverageSnapshots: Sendable {
  /// One snapshot file.
  public struct Snapshot: Equatable, Sendable {
    /// The number of images seen.
    public let images: Int
    /// The length of the average relative to training.
    public let length: Double
    /// The file with the weights.
    public let url: URL
  }

  private let run: RunLayout

  /// Accesses the snapshots of a run.
  public init(of run: RunLayout) { self.run = run }

  /// All snapshots, sorted by images seen, then by length.
  public var all: [Snapshot] {
    RunLayout.names(in: run.averages).flatMap { name -> [Snapshot] in
      guard let images = RunLayout.images(ofName: name) else { return [] }
      let inner = run.averages.appendingPathComponent(name)
      return RunLayout.names(in: inner).compactMap { file in
        guard let length = Double(file.replacing(".safetensors", with: "")) else { return nil }
        return Snapshot(images: images, length: length, url: inner.appendingPathComponent(file))
      }
    }.sorted { ($0.images, $0.length) < ($1.images, $1.length) }
  }

  /// Writes snapshots of the current averages.
  package func write(_ averages: PowerAverages, images: Int) throws {
    var files: [(name: String, url: URL)] = []
    for (length, state) in averages.states {
      let url = run.average(ofLength: length, atImages: images)
      try SafetensorsFile.write(
        state, metadata: ["relative_length": "\(length)", "images": "\(images)"], to: url)
      files.append((url.lastPathComponent, url))
    }
    guard let folder = files.first?.url.deletingLastPathComponent() else { return }
    try FileManifest(of: files).write(to: folder)
  }

  /// Opens a snapshot whose contents are as they were written. Snapshots of earlier versions have no
  /// marker and are accepted.
  ///
  /// - Throws: ``PeregrineError`` `.badData` naming the damaged file.
  private func open(_ snapshot: Snapshot) throws -> SafetensorsFile {
    let folder = snapshot.url.deletingLastPathComponent()
    let marker = folder.appendingPathComponent(FileManifest.name)
    if FileManager.default.fileExists(atPath: marker.path) {
      do {
        try FileManifest(in: folder).check(
          snapshot.url.lastPathComponent, at: snapshot.url, sha256: sha256(ofFile: snapshot.url))
      } catch let error as PeregrineError {
        throw error.advising(
          "Restore it from a copy, or delete `\(folder.path)`: averages are then put together from "
            + "the other snapshots.")
      }
    }
    return try SafetensorsFile(snapshot.url)
  }

  /// Removes the snapshots written after `images`, where the run resumes, because it may now end
  /// elsewhere.
  package func removeAll(after images: Int) throws {
    for name in RunLayout.names(in: run.averages) where RunLayout.images(ofName: name) ?? 0 > images
    {
      try Removal.remove(run.averages.appendingPathComponent(name))
    }
  }

  /// The number of images of the newest snapshot, or `images` if a snapshot was taken there.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, with advice if the run stored no snapshots,
  ///   otherwise listing the existing ones.
  public func place(atImages images: Int? = nil) throws -> Int {
    let places = Set(all.map(\.images)).sorted()
    if let found = images.map({ places.contains($0) ? $0 : nil }) ?? places.last { return found }
    throw PeregrineError(
      .missingInput, doing: "looking for averages of weights in `\(run.url.path)`",
      found: places.isEmpty
        ? "none: the run stored no snapshots"
        : "those at \(places.map(String.init).joined(separator: ", ")) images",
      expected: images.map { "snapshots at \($0) images" } ?? "at least one snapshot",
      advice: places.isEmpty
        ? "Train with `optimizer.ema_profiles: [0.05, 0.10]` and "
          + "`schedule.snapshot_every_images` to store them." : "")
  }

  /// Reconstructs the weights of an average of any relative length from the snapshots up to `images`.
  ///
  /// Factors are solved for in float64, weights are summed in float32. For the length of a stored
  /// average the result is its snapshot, unchanged.
  /// - Parameter images: the end of the average; snapshots must exist there.
  /// - Throws: ``PeregrineError`` as ``place(atImages:)``, or `.usage` for an impossible length.
  public func reconstruct(length: Double, atImages images: Int) throws -> ReconstructedAverage {
    _ = try place(atImages: images)
    let snapshots = all.filter { $0.images <= images }
    let profiles = try snapshots.map { try Self.profile($0.length, images: $0.images) }
    let target = try Self.profile(length, images: images)
    let factors = try PostHocAverage.factors(profiles, for: target)
    var sums: [String: Tensor] = [:]
    for (snapshot, factor) in zip(snapshots, factors) where factor != 0 {
      let file = try open(snapshot)
      for name in file.names {
        let value = try file.tensor(name)
        let part = factor == 1 ? value : try value * factor
        sums[name] = try sums[name].map { try $0 + part } ?? part
      }
    }
    return ReconstructedAverage(
      length: length, images: images, weights: sums,
      mismatch: try PostHocAverage.mismatch(of: profiles, factors, with: target))
  }

  private static func profile(_ length: Double, images: Int) throws -> PostHocAverage.Snapshot {
    PostHocAverage.Snapshot(
      images: images, average: try PowerFunctionAverage(relativeDeviation: length))
  }
}
