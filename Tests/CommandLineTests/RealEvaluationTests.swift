import Datasets
import Foundation
import Scores
import TestSupport
import Testing

/// Evaluations with real pictures and a real feature network; skipped when these files are missing.
@Suite(.enabled(if: SharedFolder.data != nil)) struct RealEvaluationTests {
  let folder: TemporaryFolder
  let data: URL
  let network: [String]

  init() throws {
    folder = try TemporaryFolder()
    data = try #require(SharedFolder.data)
    let weights = data.appendingPathComponent("weights/mobilenet_v2_imagenet_int8.safetensors")
    network = [
      "--features", "mobilenet-v2@32", "--weights", weights.path, "--cache", "cache",
      "--allow-few-samples",
    ]
  }

  private func write(_ array: String, _ values: [Double], _ shape: [Int]) -> NPZFile.Writing {
    .init(array, shape: shape, element: .float64) { put in
      try put(values.withUnsafeBytes { Data($0) })
    }
  }

  @Test func statisticsOfAnotherNetworkAreRefused() throws {
    let width = 2
    try NPZFile.write(
      [write("mu", [0, 0], [width]), write("sigma", [1, 0, 0, 1], [width, width])],
      to: folder.url.appendingPathComponent("inception.npz"))
    let result = try Tool.run(
      ["evaluate", "shapes:20", "--against", "inception.npz", "--metrics", "fd"] + network,
      in: folder.url)
    #expect(result.status == 65, "\(result.errors)")
    for part in ["inception.npz", "`mu` of shape [2]", "[1280]", "another feature network"] {
      #expect(result.errors.contains(part), "\(result.errors)")
    }
    let kernel = try Tool.run(
      ["evaluate", "shapes:20", "--against", "inception.npz", "--metrics", "kid"] + network,
      in: folder.url)
    #expect(kernel.status == 64, "\(kernel.errors)")
    #expect(kernel.errors.contains("mean and covariance only"))
  }

  /// The first pictures of a set with their classes, as one `.npz`.
  private func write(first count: Int, of set: String, to name: String) throws {
    let pictures = try NPYDataset(path: data.appendingPathComponent("images/\(set)_x.npy").path)
    try NPZFile.write(
      [
        .init("arr_0", shape: [count, 64, 64, 3], element: .uint8) { put in
          for index in 0..<count { try put(Data(pictures.picture(at: index).pixels)) }
        },
        .init("arr_1", shape: [count], element: .uint8) { put in
          try put(Data((0..<count).map { UInt8(try pictures.label(at: $0)) }))
        },
      ], to: folder.url.appendingPathComponent(name))
  }

  /// Test against training pictures, a part of what the data's notes tell of all of them. The numbers
  /// are those of public code on the same features.
  @Test func photosScoreAsRecorded() throws {
    try write(first: 300, of: "caltech64_test", to: "test.npz")
    try write(first: 600, of: "caltech64_train_a", to: "train.npz")
    var network = network
    network[1] = "mobilenet-v2@128"
    let evaluate =
      [
        "evaluate", "test.npz", "--against", "train.npz", "--metrics",
        "fd,kid,neighbour_accuracy,precision_recall,density_coverage", "--block-size", "0",
        "--json",
      ] + network
    let result = try Tool.run(evaluate, in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let file = folder.url.appendingPathComponent("scores.json")
    try Data(result.output.utf8).write(to: file)
    let record = try ScoreRecord(contentsOf: file)
    // pytorch-fid 0.3.0, torch-fidelity 0.4.0, scikit-learn 1.9.1 and prdc 0.2. Another order of sums in
    // the network may move a distance in its sixth digit and a share by one picture.
    let recorded: [(name: String, value: Double, tolerance: Double)] = [
      ("fd", 772.133522, 0.01), ("kid", -0.00858334886, 1e-5),
      ("neighbour_accuracy", 0.73333, 0.004),
      ("precision", 0.74333, 0.004), ("recall", 0.73, 0.004), ("density", 1.15933, 0.01),
      ("coverage", 0.895, 0.004),
    ]
    for (name, value, tolerance) in recorded {
      let found = record.scores.first { $0.name.rawValue == name }?.value ?? .nan
      print("photos: \(name) \(found), recorded \(value)")
      #expect(abs(found - value) <= tolerance, "\(name) \(found)")
    }
    // Nothing is computed twice.
    #expect(try !Tool.run(evaluate, in: folder.url).errors.contains("Computing features"))
  }
}
