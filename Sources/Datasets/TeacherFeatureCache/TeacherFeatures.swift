/// The origin of the features stored with the items of a dataset.
public struct TeacherFeatures: Sendable, Codable, Equatable {
  /// The network's name with the input's side, such as `mobilenet-v2@128`.
  public var network: String
  /// How pictures were converted to the network's input, in words.
  public var input: String
  /// The SHA-256 of the network's weights, in hexadecimal.
  public var weightsSha256: String
  /// `[1 + positions, width]`: the class token, then the positions row by row.
  public var shape: [Int]
  /// Floating-point operations for one picture (one multiply-add counts as two).
  public var flopsPerPicture: Double

  /// Creates the description from its parts.
  public init(
    network: String, input: String, weightsSha256: String, shape: [Int], flopsPerPicture: Double
  ) {
    self.network = network
    self.input = input
    self.weightsSha256 = weightsSha256
    self.shape = shape
    self.flopsPerPicture = flopsPerPicture
  }

  /// The number of values in the features of one picture.
  public var size: Int { shape.reduce(1, *) }

  /// The differences in `other`, field by field, as `field mine, now theirs`.
  func differences(to other: TeacherFeatures) -> [String] {
    let fields: [(String, String, String)] = [
      ("network", network, other.network), ("input", input, other.input),
      ("weights", weightsSha256, other.weightsSha256), ("shape", "\(shape)", "\(other.shape)"),
    ]
    return fields.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1), now \($0.2)" }
  }
}
