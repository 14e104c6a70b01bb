import Datasets
import Diagnostics
import Encoders
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@testable import Encoding

/// A teacher's features for a batch, from a cache and from its network.
@Suite struct TeacherTests {
  private let folder: TemporaryFolder
  private var cache: URL { folder.url.appendingPathComponent("cache") }
  private let shapes = ShapesDataset(count: 24)

  init() throws { folder = try TemporaryFolder() }

  private func onTheFly(grid: Int, _ network: TeacherNetwork? = nil) throws -> Teacher {
    Teacher(
      try network ?? TinyTeacher.convolutional(), pictureShape: [3, 32, 32], besideLatents: false,
      grid: grid, device: .cpu)
  }

  /// A mirrored latent comes with the features of the mirrored picture; float16 is the only difference.
  @Test(arguments: [8, 4]) func theCacheHoldsWhatTheNetworkSays(grid: Int) throws {
    try TinyTeacher.latents(in: cache)
    _ = try TinyTeacher.encoding(cache).run(
      loading: { try TinyTeacher.convolutional() }, progress: { _, _ in true })
    let latents = try openDataset(cache.path, size: nil)
    let cached = try Teacher(
      "tiny", weights: nil, data: latents.summary, grid: grid, device: .cpu)
    let direct = try onTheFly(grid: grid)
    #expect(cached.width == 64 && direct.width == 64)
    #expect(cached.forwardFLOPs == nil)
    #expect(try #require(direct.forwardFLOPs) > 1e6)
    #expect(latents.summary.features?.flopsPerPicture == direct.forwardFLOPs)
    let batches = try [latents, shapes].map { (data: any Dataset) in
      let loader = BatchLoader(
        dataset: data, order: DataOrder(count: 24, seed: 1), batchSize: 12, startingAt: 0,
        flip: true, seed: 1, workers: 1)
      defer { loader.stop() }
      return try loader.next()
    }
    #expect(batches[0].indices == batches[1].indices)
    let found = try cached.features(of: batches[0], rows: 2..<12)
    let expected = try direct.features(of: batches[1], rows: 2..<12)
    #expect(found.shape == [10, 1 + grid * grid, 64] && found.dtype == .float32)
    #expect(expected.shape == found.shape && !expected.requiresGradient)
    let values = try expected.scalars(Float.self)
    let size = values.map(abs).max() ?? 0
    let worst = worstDifference(try found.scalars(Float.self), values)
    print("worst of cached against on the fly: \(worst) of \(size)")
    #expect(worst > 0 && worst <= size * 0x1p-11, "half a unit in the last place of float16")
    // Mirroring matters: as it is, the batch's first mirrored picture has other features.
    var unmirrored = batches[1]
    unmirrored.values = try batches[1].indices.flatMap {
      try shapes.item(at: $0, mirrored: false).values
    }
    let other = try direct.features(of: unmirrored, rows: 2..<12).scalars(Float.self)
    #expect(worstDifference(other, values) > size * 0.01)
  }

  @Test func classTokensAreTheNetworksOwnOrTheMean() throws {
    let batch = try shapes.batch(0..<3)
    let sequence = try onTheFly(grid: 8).features(of: batch, rows: 0..<3)
    let (first, places) = (try sequence.sliced(1, 0..<1), try sequence.sliced(1, 1..<65))
    let mean = try places.mean([1], keepingDims: true)
    #expect(try worstDifference(first.scalars(Float.self), mean.scalars(Float.self)) == 0)

    let (teacher, network) = try TinyTeacher.transformer()
    let pictures = try (0..<3).map(shapes.picture)
    let expected = try network(pictures, [.pooled, .tokens])
    let found = try onTheFly(grid: 2, teacher).features(of: batch, rows: 0..<3)
    #expect(found.shape == [3, 5, 12])
    #expect(
      try worstDifference(
        found.sliced(1, 0..<1).squeezed(1).scalars(Float.self),
        #require(expected[.pooled]).scalars(Float.self)) == 0)
    #expect(
      try worstDifference(
        found.sliced(1, 1..<5).scalars(Float.self),
        #require(expected[.tokens]).scalars(Float.self)) == 0)
  }

  /// From 8 to 4 places a side: triangles over four places, cut at the edges; the class token stays.
  @Test func gridsAreResampledWithAntialiasing() throws {
    let batch = try shapes.batch(0..<2)
    let whole = try PlainArray(try onTheFly(grid: 8).features(of: batch, rows: 0..<2))
    let half = try PlainArray(try onTheFly(grid: 4).features(of: batch, rows: 0..<2))
    func weights(_ place: Int) -> [(Int, Double)] {
      let all = (0..<8).map {
        ($0, max(0, 1 - abs(Double($0) + 0.5 - 2 * (Double(place) + 0.5)) / 2))
      }
      let sum = all.reduce(0) { $0 + $1.1 }
      return all.map { ($0.0, $0.1 / sum) }
    }
    var worst = 0.0
    for (row, channel) in [(0, 0), (0, 17), (1, 63)] {
      #expect(half[[row, 0, channel]] == whole[[row, 0, channel]])
      for y in 0..<4 {
        for x in 0..<4 {
          var expected = 0.0
          for (sourceY, first) in weights(y) {
            for (sourceX, second) in weights(x) {
              expected += first * second * whole[[row, 1 + 8 * sourceY + sourceX, channel]]
            }
          }
          worst = max(worst, abs(half[[row, 1 + 4 * y + x, channel]] - expected))
        }
      }
    }
    print("worst of the resampled grid: \(worst)")
    #expect(worst < 1e-5)
    let larger = try onTheFly(grid: 11).features(of: batch, rows: 1..<2)
    #expect(larger.shape == [1, 122, 64])
  }

  @Test func greyPicturesAreShownInThreeChannels() throws {
    let grey = try onTheFly(grid: 8)
    let batch = try shapes.batch(0..<1)
    var single = batch
    single.values = Array(batch.values.prefix(1024))
    var triple = batch
    triple.values = single.values + single.values + single.values
    let teacher = Teacher(
      try TinyTeacher.convolutional(), pictureShape: [1, 32, 32], besideLatents: false, grid: 8,
      device: .cpu)
    #expect(
      try worstDifference(
        teacher.features(of: single, rows: 0..<1).scalars(Float.self),
        grey.features(of: triple, rows: 0..<1).scalars(Float.self)) == 0)
  }

  @Test func picturesBesideLatentsAreShown() throws {
    var batch = try shapes.batch(0..<2)
    let expected = try onTheFly(grid: 8).features(of: batch, rows: 1..<2)
    batch.pictures = batch.values
    batch.values = [0, 0]
    batch.itemShape = [1, 1, 1]
    let teacher = Teacher(
      try TinyTeacher.convolutional(), pictureShape: [3, 32, 32], besideLatents: true, grid: 8,
      device: .cpu)
    let found = try teacher.features(of: batch, rows: 1..<2)
    #expect(try worstDifference(found.scalars(Float.self), expected.scalars(Float.self)) == 0)
    batch.pictures = []
    let error = #expect(throws: PeregrineError.self) {
      try teacher.features(of: batch, rows: 0..<1)
    }
    #expect(error?.code == .badData)
  }

  @Test func otherTeachersThanTheCachesAreRefused() throws {
    var data = shapes.summary
    data.features = TeacherFeatures(
      network: "mobilenet-v2@128", input: "", weightsSha256: "abc", shape: [65, 96],
      flopsPerPicture: 1)
    var error = #expect(throws: PeregrineError.self) {
      try Teacher("dinov2-vitb14-repa", weights: nil, data: data, grid: 4, device: .cpu)
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("`mobilenet-v2@128`") == true)
    #expect(error?.description.contains("`dinov2-vitb14-repa`") == true)
    let weights = folder.url.appendingPathComponent("weights")
    try Data("other".utf8).write(to: weights)
    error = #expect(throws: PeregrineError.self) {
      try Teacher("mobilenet-v2@128", weights: weights, data: data, grid: 4, device: .cpu)
    }
    #expect(error?.code == .usage && error?.description.contains("abc") == true)
  }

  @Test func dataWithoutPicturesOrFeaturesIsRefused() throws {
    try TinyTeacher.latents(in: cache)
    let latents = try openDataset(cache.path, size: nil).summary
    for (data, word) in [(latents, "encode --features"), (shapes.summary, "no file")] {
      let error = #expect(throws: PeregrineError.self) {
        try Teacher("mobilenet-v2@128", weights: nil, data: data, grid: 4, device: .cpu)
      }
      #expect(error?.code == .usage && error?.description.contains(word) == true)
    }
  }

  /// The network with real weights, by name: 8x8 places of 96 at 128 pixels.
  @Test(.enabled(if: SharedFolder.data != nil)) func mobileNetTeachesByName() throws {
    let weights = try #require(SharedFolder.data)
      .appendingPathComponent("weights/mobilenet_v2_imagenet_int8.safetensors")
    let teacher = try Teacher(
      "mobilenet-v2@128", weights: weights, data: shapes.summary, grid: 8, device: .cpu)
    #expect(teacher.width == 96)
    let found = try teacher.features(of: shapes.batch(0..<4), rows: 1..<3)
    #expect(found.shape == [2, 65, 96])
    let network = try FeatureNetworks.load("mobilenet-v2@128", weights: weights)
    let expected = try network((1..<3).map(shapes.picture), [.tokens])[.tokens]
    #expect(
      try worstDifference(
        found.sliced(1, 1..<65).scalars(Float.self), #require(expected).scalars(Float.self)) == 0)
  }
}
