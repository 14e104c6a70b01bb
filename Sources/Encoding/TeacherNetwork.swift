import Datasets
import Diagnostics
import Encoders
import FileAccess
import Foundation
import Pictures
import Tensors

/// A feature network whose output is read as a sequence: a class token, then a square grid of patch
/// tokens in row-major order.
///
/// For networks without a class token, the mean of the patch tokens is used.
package struct TeacherNetwork {
  /// The name, with the side.
  package let name: String
  /// The SHA-256 of its weights.
  package let weightsSha256: String
  private let network: any FeatureNetwork
  private let device: Device

  /// Loads a network.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for an unknown name and for a network without tokens,
  ///   `.missingInput` without the weights, `.badData` if they do not fit.
  package init(_ name: String, weights: URL, device: Device) throws {
    let network = try FeatureNetworks.load(name, weights: weights)
    try network.convert(to: .float32, on: device)
    try self.init(
      network, name: name, weightsSha256: sha256(ofFile: weights), device: device)
  }

  /// Creates a teacher network from a loaded network.
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

  /// The width of the class token and of each patch token.
  package var width: Int { network.outputs[.tokens] ?? 0 }

  private var wanted: Set<FeatureOutput> {
    network.hasClassToken ? [.pooled, .tokens] : [.tokens]
  }

  /// The sequence of each picture, `[pictures, 1 + patches, width]`, in float32 and without gradient.
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

  /// Floating-point operations for one picture of this side (one multiply-add counts as two).
  package func forwardFLOPs(side: Int) -> Double {
    let side = network.input.resizing.side ?? side
    return network.forwardFLOPs(wanted, height: side, width: side)
  }

  /// The description of this network's features, for a cache.
  func facts(of example: Picture) throws -> TeacherFeatures {
    TeacherFeatures(
      network: name, input: network.input.description, weightsSha256: weightsSha256,
      shape: Array(try features(of: [example]).shape.dropFirst()),
      flopsPerPicture: forwardFLOPs(side: example.width))
  }
}
