/// The description of a teacher.
public struct TeacherDescription: Codable, Equatable, Sendable {
  /// Its name, such as `mobilenet-v2@128`.
  public var network: String
  /// The width of its tokens, on which the model's shapes depend.
  public var width: Int
  /// Floating-point operations for one image; `nil` if features come from a cache.
  public var flopsPerImage: Double?
  /// The SHA-256 of its weights; `nil` in records of earlier versions.
  public var weightsSha256: String?

  /// Creates a description.
  package init(
    network: String, width: Int, flopsPerImage: Double?, weightsSha256: String? = nil
  ) {
    (self.network, self.width, self.flopsPerImage) = (network, width, flopsPerImage)
    self.weightsSha256 = weightsSha256
  }
}
