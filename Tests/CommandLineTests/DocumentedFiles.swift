import Datasets
import Encoders
import Foundation
import Nets
import Pictures
import Tensors
import TestSupport

/// A folder with small files under the names that the pages use.
struct DocumentedFiles {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["recipes", "claims", "Benchmarks"] {
      try FileManager.default.createSymbolicLink(
        at: url(name), withDestinationURL: SharedFolder.packageRoot.appendingPathComponent(name))
    }
    let launcher = url("peregrine")
    try Data("#!/bin/sh\nexec \"$TOOL\" \"$@\"\n".utf8).write(to: launcher)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: launcher.path)
    try FileManager.default.createDirectory(at: url("DIR"), withIntermediateDirectories: true)
    try writePhotos()
    for name in ["caltech64_train", "caltech64_test"] {
      try writeArrays(name)
      try writeArrays("DIR/\(name)")
    }
    try writeArrays("DATA")
    try write(TAEF2(), "taef2.safetensors")
    for name in [
      "mobilenet_v2.safetensors", "mobilenet_v2_imagenet_int8.safetensors", "FILE",
    ] { try write(MobileNetV2(), name) }
    try writeClaim()
  }

  func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

  /// The classes that the pages name.
  private static let classes = [
    "Faces", "Motorbikes", "airplanes", "bonsai", "ketch", "menorah", "strawberry", "sunflower",
  ]

  /// A folder of photos, two of each class.
  private func writePhotos() throws {
    let shapes = ShapesDataset(count: 2 * Self.classes.count, size: 64)
    for index in 0..<2 * Self.classes.count {
      let name = Self.classes[index % Self.classes.count]
      try shapes.picture(at: index).write(png: url("photos/\(name)/\(index).png"))
    }
  }

  /// `NAME_x.npy`, `NAME_y.npy` and the names of the classes: two pictures of each.
  private func writeArrays(_ name: String) throws {
    let count = 2 * Self.classes.count
    let shapes = ShapesDataset(count: count, size: 64)
    let pixels = try (0..<count).flatMap { try shapes.picture(at: $0).pixels }
    try writeArray(pixels, shape: "(\(count), 64, 64, 3)", to: "\(name)_x.npy")
    try writeArray(
      (0..<count).map { UInt8($0 % Self.classes.count) }, shape: "(\(count),)",
      to: "\(name)_y.npy")
    let family = name.replacingOccurrences(of: "_train", with: "")
      .replacingOccurrences(of: "_test", with: "")
    try JSONEncoder().encode(Self.classes).write(to: url("\(family)_classes.json"))
  }

  private func writeArray(_ bytes: [UInt8], shape: String, to name: String) throws {
    var header = "{'descr': '|u1', 'fortran_order': False, 'shape': \(shape), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]
    try Data(magic + Array(header.utf8) + bytes).write(to: url(name))
  }

  /// A network of the published sizes with weights from a formula.
  private func write(_ network: some Module, _ name: String) throws {
    try SafetensorsFile.write(
      network.state.map { name, tensor in
        (name: name, tensor: try Tensor.formulaWeight(name, shape: tensor.shape))
      }, to: url(name))
  }

  /// The claim `NAME`: any race.
  private func writeClaim() throws {
    try FileManager.default.copyItem(
      at: SharedFolder.packageRoot.appendingPathComponent("claims/tread-small.yaml"),
      to: url("NAME"))
  }
}
