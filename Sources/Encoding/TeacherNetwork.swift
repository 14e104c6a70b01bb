import Datasets
import Diagnostics
import Encoders
import FileAccess
import Foundation
import Pictures
import Tensors

/// A feature network read as a sequence: one class token, then a square of places row by row.
///
/// Networks without a class token have the mean of their places for one.
package struct TeacherNetwork {
  /// The name with its side.
  package let name: String
  /// The SHA-256 of its weights.
  package let weightsSha256: String
  private let network: any FeatureNetwork
  private let device: Device

  /// Loads a network.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for an unknown name and for a network without tokens,
  ///   `.missingInput` without the weights, `.badData` when they do not fit.
  package init(_ name: String, weights: URL, device: Device) throws {
    guard FileManager.default.fileExists(atPath: weights.path) else {
      throw PeregrineError(
        .missingInput, doing: "opening the weights of the teacher `\(name)`",
        found: "no file at `\(weights.path)`", advice: "Check the path.")
    }
    let network = try FeatureNetworks.load(name, weights: weights)
    try network.convert(to: .float32, on: device)
    let contents = try Data(contentsOf: weights, options: .alwaysMapped)
    try self.init(network, name: name, weightsSha256: sha256(of: contents), device: device)
  }

  /// Takes a network that is loaded already.
  package init(_ network: any FeatureNetwork, name: String, weightsSha256: String, device: Device)
    throws
  {
    guard network.outputs[.tokens] != nil else {
      throw PeregrineError(
        .usage, doing: "choosing the teacher `\(name)`", found: "a network without tokens",
        expected: "one that has a vector per place, such as `mobilenet-v2@128` or "
          + "`dinov2-vitb14-repa`")
    }
    self.network = network
    self.name = name
    self.weightsSha256 = weightsSha256
    self.device = device
  }

  /// The width of the class token and of each place.
  package var width: Int { network.outputs[.tokens] ?? 0 }

  private var wanted: Set<FeatureOutput> {
    network.hasClassToken ? [.pooled, .tokens] : [.tokens]
  }

  /// The sequence of every picture, `[pictures, 1 + places, width]`, float32, without a gradient.
  ///
  /// - Throws: ``PeregrineError`` `.badData` for pictures that are not square.
  package func features(of pictures: [Picture]) throws -> Tensor {
    if let picture = pictures.first(where: { $0.width != $0.height }) {
      throw PeregrineError(
        .badData, doing: "showing pictures to the teacher `\(name)`",
        found: "\(picture.width)x\(picture.height) pixels", expected: "squares",
        advice: "Crop the pictures with a size.")
    }
    let found = try network(pictures, wanted, device: device)
    guard let places = found[.tokens] else { return try .zeros([pictures.count, 0, width]) }
    let first = try found[.pooled]?.reshaped([pictures.count, 1, width])
    return try withoutGradients {
      try .concatenated([first ?? places.mean([1], keepingDims: true), places], dim: 1)
    }
  }

  /// Multiply-adds counted twice, for one picture of this side.
  package func forwardFLOPs(side: Int) -> Double {
    let side = network.input.resizing.side ?? side
    return network.forwardFLOPs(wanted, height: side, width: side)
  }

  /// What features of this network are, for a cache.
  func facts(of example: Picture) throws -> TeacherFeatures {
    TeacherFeatures(
      network: name, input: network.input.description, weightsSha256: weightsSha256,
      shape: Array(try features(of: [example]).shape.dropFirst()),
      flopsPerPicture: forwardFLOPs(side: example.width))
  }
}
