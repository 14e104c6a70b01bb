/// The description of a teacher.
public struct TeacherDescription: Codable, Equatable, Sendable {
  /// Its name, such as `mobilenet-v2@128`.
  public var network: String
  /// The width of its tokens, on which the model's shapes depend.
  public var width: Int
  /// Floating-point operations for one image; `nil` if features come from a cache.
  public var flopsPerImage: Double?

  /// Creates a description.
  package init(network: String, width: Int, flopsPerImage: Double?) {
    (self.network, self.width, self.flopsPerImage) = (network, width, flopsPerImage)
  }
}
