/// The short name of a score, in records and tables.
///
/// Extensible: names other than the constants are valid too.
public struct ScoreName: RawRepresentable, Hashable, Sendable {
  /// The name as written in files: ASCII, lower case, words joined by underscores.
  public let rawValue: String

  /// A name from a file.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Fréchet distance.
  public static let frechetDistance = ScoreName(rawValue: "fd")
  /// Fréchet distance extrapolated to infinitely many pictures.
  public static let frechetInfinity = ScoreName(rawValue: "fd_infinity")
  /// Fréchet distance of spatial features.
  public static let spatialFrechetDistance = ScoreName(rawValue: "sfid")
  /// Kernel distance.
  public static let kernelDistance = ScoreName(rawValue: "kid")
  /// Inception Score.
  public static let inceptionScore = ScoreName(rawValue: "is")
  /// The share of generated pictures among the real ones.
  public static let precision = ScoreName(rawValue: "precision")
  /// The share of real pictures among the generated ones.
  public static let recall = ScoreName(rawValue: "recall")
  /// How densely generated pictures lie among the real ones.
  public static let density = ScoreName(rawValue: "density")
  /// The share of real pictures with a generated one nearby.
  public static let coverage = ScoreName(rawValue: "coverage")
  /// Peak signal-to-noise ratio.
  public static let signalToNoise = ScoreName(rawValue: "psnr")
  /// Structural similarity.
  public static let structuralSimilarity = ScoreName(rawValue: "ssim")
  /// Relative difference of pixels.
  public static let relativeL1 = ScoreName(rawValue: "relative_l1")
  /// The share of pictures of the requested class.
  public static let accuracy = ScoreName(rawValue: "accuracy")
  /// The share of pictures whose nearest real picture is of the requested class.
  public static let neighbourAccuracy = ScoreName(rawValue: "neighbour_accuracy")

  /// Whether a smaller value means better pictures.
  public var isBetterWhenLower: Bool {
    [
      .frechetDistance, .frechetInfinity, .spatialFrechetDistance, .kernelDistance, .relativeL1,
    ].contains(self)
  }

  /// Which direction is better, in words; `nil` for a score that is not known here.
  public var direction: String? {
    let higher: [ScoreName] = [
      .inceptionScore, .precision, .recall, .density, .coverage, .signalToNoise,
      .structuralSimilarity,
    ]
    if isBetterWhenLower { return "lower is better" }
    return higher.contains(self) || rawValue.hasSuffix("accuracy") ? "higher is better" : nil
  }

  /// The name for people; the name in the file when it is not one of the constants.
  public var displayName: String {
    switch self {
    case .frechetDistance: "FD"
    case .frechetInfinity: "FD∞"
    case .spatialFrechetDistance: "sFID"
    case .kernelDistance: "KID"
    case .inceptionScore: "IS"
    case .signalToNoise: "PSNR"
    case .structuralSimilarity: "SSIM"
    case .relativeL1: "relative L1"
    default: rawValue.replacing("_", with: " ")
    }
  }
}

extension ScoreName: Codable {
  /// Reads only the name.
  public init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }

  /// Writes only the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}
