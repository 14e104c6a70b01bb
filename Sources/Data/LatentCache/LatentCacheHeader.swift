/// What a latent cache is made of; two encodings with the same header hold the same latents.
public struct LatentCacheHeader: Sendable, Codable, Equatable {
  /// The network that made the latents.
  public struct Autoencoder: Sendable, Codable, Equatable {
    /// Its name, for people.
    public var name: String
    /// The SHA-256 of its weights, in hexadecimal.
    public var weightsSha256: String

    /// An autoencoder by name and weights.
    public init(name: String, weightsSha256: String) {
      self.name = name
      self.weightsSha256 = weightsSha256
    }
  }

  /// Channels, height, width of a latent.
  public var itemShape: [Int]
  /// How latents are stored: float16 or float32.
  public var element: NPYFile.Element
  /// The name of each class.
  public var classNames: [String]
  /// The pictures the latents were made of.
  public var source: DatasetSummary
  /// What made them.
  public var autoencoder: Autoencoder
  /// Whether the latents of the mirrored pictures are there too.
  public var mirrored: Bool

  /// A header from its parts; class names are the source's.
  public init(
    itemShape: [Int], element: NPYFile.Element, source: DatasetSummary, autoencoder: Autoencoder,
    mirrored: Bool
  ) {
    self.itemShape = itemShape
    self.element = element
    self.classNames = source.classNames
    self.source = source
    self.autoencoder = autoencoder
    self.mirrored = mirrored
  }

  /// How many numbers a latent has.
  public var itemSize: Int { itemShape.reduce(1, *) }

  /// What is different in `other`, field by field, as `field: mine, now: theirs`.
  func differences(to other: LatentCacheHeader) -> [String] {
    let fields: [(String, String, String)] = [
      ("item shape", "\(itemShape)", "\(other.itemShape)"),
      ("element", "\(element)", "\(other.element)"),
      ("class names", classNames.joined(separator: ","), other.classNames.joined(separator: ",")),
      ("source", source.name, other.source.name),
      ("source fingerprint", source.fingerprint, other.source.fingerprint),
      ("source count", "\(source.count)", "\(other.source.count)"),
      ("autoencoder", autoencoder.name, other.autoencoder.name),
      ("autoencoder weights", autoencoder.weightsSha256, other.autoencoder.weightsSha256),
      ("mirrored", "\(mirrored)", "\(other.mirrored)"),
    ]
    return fields.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1), now \($0.2)" }
  }
}
