/// Whose features come with the items of a dataset.
public struct TeacherFeatures: Sendable, Codable, Equatable {
  /// The network with its side, such as `mobilenet-v2@128`.
  public var network: String
  /// How pictures became the network's input, in words.
  public var input: String
  /// The SHA-256 of the network's weights, in hexadecimal.
  public var weightsSha256: String
  /// `[1 + places, width]`: the class token, then the places row by row.
  public var shape: [Int]
  /// Multiply-adds counted twice, for one picture.
  public var flopsPerPicture: Double

  /// Features from their facts.
  public init(
    network: String, input: String, weightsSha256: String, shape: [Int], flopsPerPicture: Double
  ) {
    self.network = network
    self.input = input
    self.weightsSha256 = weightsSha256
    self.shape = shape
    self.flopsPerPicture = flopsPerPicture
  }

  /// How many numbers the features of one picture are.
  public var size: Int { shape.reduce(1, *) }

  /// What is different in `other`, field by field, as `field mine, now theirs`.
  func differences(to other: TeacherFeatures) -> [String] {
    let fields: [(String, String, String)] = [
      ("network", network, other.network), ("input", input, other.input),
      ("weights", weightsSha256, other.weightsSha256), ("shape", "\(shape)", "\(other.shape)"),
    ]
    return fields.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1), now \($0.2)" }
  }
}
