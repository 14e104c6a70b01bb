/// The network whose features a model is trained with.
public struct TeacherDescription: Codable, Equatable, Sendable {
  /// Its name, such as `mobilenet-v2@128`.
  public var network: String
  /// The width of its tokens, which decides about the model's shapes.
  public var width: Int
  /// Its arithmetic for one image; `nil` when features come from a cache.
  public var flopsPerImage: Double?

  /// A teacher's description.
  package init(network: String, width: Int, flopsPerImage: Double?) {
    (self.network, self.width, self.flopsPerImage) = (network, width, flopsPerImage)
  }
}
