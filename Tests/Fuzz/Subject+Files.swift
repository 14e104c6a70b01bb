import Datasets
import Encoders
import Evaluation
import Foundation
import Nets
import Scores
import Tensors

/// Files of tensors and arrays.
extension Subject {
  static let files = [
    Subject(
      name: "safetensors", file: "x.safetensors",
      make: { folder, _ in
        try SafetensorsFile.write(
          [
            ("a.weight", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])),
            ("b", Tensor([Float](repeating: 0.5, count: 16), shape: [16])),
          ], metadata: ["format": "pt"], to: folder.appendingPathComponent("x.safetensors"))
        return []
      },
      read: { folder in
        let file = try SafetensorsFile(folder.appendingPathComponent("x.safetensors"))
        for name in file.names { _ = try file.tensor(name).scalars(Float.self) }
      }),
    Subject(
      name: "pth", file: "x.pth", make: first("Fixtures/torch_archive", ".pth", as: "x.pth"),
      read: { folder in
        let tensors = try WeightFile(folder.appendingPathComponent("x.pth")).tensors
        for (_, tensor) in tensors { _ = try tensor.isFinite().all() }
      }),
    Subject(
      name: "npz", file: "x.npz", make: first("Fixtures/npz", ".npz", as: "x.npz"),
      read: { folder in
        let file = try NPZFile(contentsOf: folder.appendingPathComponent("x.npz"))
        for name in file.names { try readAll(file.array(name)) }
      }),
    Subject(
      name: "npz-pictures", file: "x.npz", make: { try makePictures($0, $1) },
      read: { folder in
        let pictures = try openPictures(folder.appendingPathComponent("x.npz").path, size: nil)
        for index in 0..<min(4, pictures.summary.count) { _ = try pictures.picture(at: index) }
      }),
    Subject(
      name: "npz-statistics", file: "x.npz", make: { try makeStatistics($0, $1) },
      read: { folder in
        _ = try Reference(folder.appendingPathComponent("x.npz").path, size: nil)
      }),
    Subject(
      name: "npy", file: "set_x.npy", make: { try makeArrays($0, $1) },
      read: { folder in
        try readAll(NPYFile(contentsOf: folder.appendingPathComponent("set_x.npy")))
        try readItems(of: folder)
      }),
    Subject(
      name: "npy-labels", file: "set_y.npy", make: { try makeArrays($0, $1) },
      read: { try readItems(of: $0) }),
    Subject(
      name: "npy-classes", file: "set_classes.json", make: { try makeArrays($0, $1) },
      read: { try readItems(of: $0) }),
  ]

  /// A maker that copies the package's files with an ending.
  private static func first(_ source: String, _ ending: String, as name: String)
    -> @Sendable (URL, Corpus) throws -> [Data]
  {
    { folder, _ in
      let contents = try Corpus.contents(of: source, ending)
      try contents[0].write(to: folder.appendingPathComponent(name))
      return Array(contents.dropFirst())
    }
  }

  private static func readAll(_ file: NPYFile) throws {
    let some = 0..<min(1_000, file.count)
    _ = try file.floats(some)
    if file.element.isInteger { _ = try file.integers(some) }
    if file.element == .uint8 { _ = try file.bytes(some) }
  }

  /// Opens a dataset and reads its first items.
  static func readItems(of folder: URL) throws {
    let dataset = try openDataset(folder.path, size: nil)
    for index in 0..<min(4, dataset.summary.count) {
      _ = try dataset.item(at: index, mirrored: false)
    }
  }

  private static func makePictures(_ folder: URL, _ corpus: Corpus) throws -> [Data] {
    let labels = [Int64](0..<4)
    try NPZFile.write(
      [
        .init("arr_0", shape: [4, 2, 2, 3], element: .uint8) { try $0(Data([UInt8](0..<48))) },
        .init("arr_1", shape: [4], element: .int64) { put in
          try put(labels.withUnsafeBytes { Data($0) })
        },
      ], to: folder.appendingPathComponent("x.npz"))
    return []
  }

  private static func makeStatistics(_ folder: URL, _ corpus: Corpus) throws -> [Data] {
    func bytes(_ values: [Double]) -> Data { values.withUnsafeBytes { Data($0) } }
    try NPZFile.write(
      [
        .init("mu", shape: [3], element: .float64) { try $0(bytes([0, 1, 2])) },
        .init("sigma", shape: [3, 3], element: .float64) { put in
          try put(bytes([1, 0, 0, 0, 2, 0, 0, 0, 3]))
        },
      ], to: folder.appendingPathComponent("x.npz"))
    return []
  }

  private static func makeArrays(_ folder: URL, _ corpus: Corpus) throws -> [Data] {
    func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
    try NPYFile.write(
      NPYFile.encoded([UInt8](0..<48), shape: [4, 2, 2, 3]), to: url("set_x.npy"))
    try NPYFile.write(NPYFile.encoded([0, 1, 0, 1], shape: [4]), to: url("set_y.npy"))
    try Data(#"["cat", "dog"]"#.utf8).write(to: url("set_classes.json"))
    return []
  }
}
