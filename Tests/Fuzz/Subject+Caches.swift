import Datasets
import FileAccess
import Foundation

/// Latent caches and a teacher's features.
extension Subject {
  static let caches = [
    cache("cache-record", damaging: "cache.json"),
    cache("cache-latents", damaging: "latents-00000.npy", listedIn: "cache.json"),
    cache("cache-labels", damaging: "labels-00000.npy", listedIn: "cache.json"),
    cache("feature-record", damaging: "features.json"),
    cache("feature-values", damaging: "features-00000.npy", listedIn: "features.json"),
  ]

  private static func cache(
    _ name: String, damaging file: String, listedIn record: String? = nil
  ) -> Subject {
    Subject(
      name: name, file: file, make: { try makeCache($0, $1) },
      seal: { folder in
        guard let record else { return }
        try list(file, in: folder.appendingPathComponent(record))
      }, read: { try readItems(of: $0) })
  }

  /// Writes the hash of a file into the record that lists it.
  private static func list(_ file: String, in record: URL) throws {
    let hash = try sha256(ofFile: record.deletingLastPathComponent().appendingPathComponent(file))
    let entry = try Regex("(\"\(file)\"\\s*:\\s*\")[0-9a-f]{64}", as: (Substring, Substring).self)
    let text = try String(contentsOf: record, encoding: .utf8)
      .replacing(entry) { "\($0.output.1)\(hash)" }
    try Data(text.utf8).write(to: record)
  }

  private static func makeCache(_ folder: URL, _ corpus: Corpus) throws -> [Data] {
    let source = DatasetSummary(
      name: "pictures", kind: "image-folder", count: 4, itemShape: [3, 8, 8],
      classNames: ["a", "b"], fingerprint: "1234")
    let writer = try LatentCacheWriter(
      folder: folder,
      header: LatentCacheHeader(
        itemShape: [2, 2, 2], element: .float32, source: source,
        autoencoder: .init(name: "taef2", weightsSha256: "ab"), mirrored: false),
      shardRows: 2)
    let latents = (0..<32).map { Float($0) }
    try writer.append(latents: latents, mirrored: nil, labels: [0, 1, 0, 1])
    try writer.finish()
    let features = try TeacherFeatureCacheWriter(
      folder: folder,
      features: TeacherFeatures(
        network: "mobilenet-v2@128", input: "resized", weightsSha256: "cd", shape: [2, 3],
        flopsPerPicture: 1e6))
    while let rows = features.nextRows(atMost: 4) {
      try features.append(
        features: [Float](repeating: 1, count: rows.count * 6), mirrored: nil,
        cost: FeatureCost(seconds: 1, pictures: rows.count))
    }
    return []
  }
}
