import Diagnostics

/// The properties that determine a latent cache; two encodings with the same header have the same
/// latents.
public struct LatentCacheHeader: Sendable, Codable, Equatable {
  /// The network that made the latents.
  public struct Autoencoder: Sendable, Codable, Equatable {
    /// The name.
    public var name: String
    /// The SHA-256 of the weights, in hexadecimal.
    public var weightsSha256: String

    /// Creates an autoencoder from name and weights.
    public init(name: String, weightsSha256: String) {
      self.name = name
      self.weightsSha256 = weightsSha256
    }
  }

  /// Which latent of a picture's posterior is stored.
  public enum Posterior: Sendable, Codable, Equatable {
    /// The most likely latent.
    case mode
    /// One sample, with noise that depends on the seed, the picture and whether it is mirrored.
    case sample(seed: UInt64)

    /// The text for display: `mode`, or `sample` with its seed.
    public var text: String {
      switch self {
      case .mode: "mode"
      case .sample(let seed): "sample (seed \(seed))"
      }
    }
  }

  /// Channels, height, width of a latent.
  public var itemShape: [Int]
  /// How latents are stored: float16 or float32.
  public var element: NPYFile.Element
  /// The name of each class.
  public var classNames: [String]
  /// The pictures that were encoded.
  public var source: DatasetSummary
  /// The autoencoder that encoded them.
  public var autoencoder: Autoencoder
  /// Whether latents of the mirrored pictures are included.
  public var mirrored: Bool
  /// Which latent of each posterior is stored.
  public var posterior: Posterior

  /// Creates a header from its parts; class names are those of the source.
  public init(
    itemShape: [Int], element: NPYFile.Element, source: DatasetSummary, autoencoder: Autoencoder,
    mirrored: Bool, posterior: Posterior = .mode
  ) {
    self.itemShape = itemShape
    self.element = element
    self.classNames = source.classNames
    self.source = source
    self.autoencoder = autoencoder
    self.mirrored = mirrored
    self.posterior = posterior
  }

  /// Reads a header; older headers without this choice store modes.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    itemShape = try fields.decode([Int].self, forKey: .itemShape)
    element = try fields.decode(NPYFile.Element.self, forKey: .element)
    classNames = try fields.decode([String].self, forKey: .classNames)
    source = try fields.decode(DatasetSummary.self, forKey: .source)
    autoencoder = try fields.decode(Autoencoder.self, forKey: .autoencoder)
    mirrored = try fields.decode(Bool.self, forKey: .mirrored)
    posterior = try fields.decodeIfPresent(Posterior.self, forKey: .posterior) ?? .mode
  }

  /// The number of values in a latent.
  public var itemSize: Int { itemShape.reduce(1, *) }

  /// Whether a label is one of the classes; without classes it is 0.
  func allows(label: Int) -> Bool {
    classNames.isEmpty ? label == 0 : classNames.indices.contains(label)
  }

  /// The differences in `other`, field by field, as `field: mine, now: theirs`.
  func differences(to other: LatentCacheHeader) -> [String] {
    let fields: [(String, String, String)] = [
      ("item shape", "\(itemShape)", "\(other.itemShape)"),
      ("element", "\(element)", "\(other.element)"),
      ("class names", classNames.joined(separator: ","), other.classNames.joined(separator: ",")),
      ("source", source.name, other.source.name),
      ("source fingerprint", source.fingerprint, other.source.fingerprint),
      (
        "source files", "as they were", source.isSame(as: other.source) ? "as they were" : "changed"
      ),
      ("source count", "\(source.count)", "\(other.source.count)"),
      ("autoencoder", autoencoder.name, other.autoencoder.name),
      ("autoencoder weights", autoencoder.weightsSha256, other.autoencoder.weightsSha256),
      ("mirrored", "\(mirrored)", "\(other.mirrored)"),
      ("posterior", posterior.text, other.posterior.text),
    ]
    return fields.filter { !$0.1.isExactly($0.2) }.map { "\($0.0) \($0.1), now \($0.2)" }
  }
}
