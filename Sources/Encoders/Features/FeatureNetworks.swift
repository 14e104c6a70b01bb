import Diagnostics
import Foundation

/// The feature networks available by name on the command line. A new one adds its line here.
public enum FeatureNetworks {
  private typealias Loader = @Sendable (URL, PictureInput) throws -> any FeatureNetwork
  private typealias Entry = (input: PictureInput, sides: InputSides, load: Loader)

  private static let entries = convolutional.merging(transformers) { first, _ in first }

  private static let convolutional: [String: Entry] = [
    "inception": (
      InceptionV3.standardInput, InceptionV3.sides, { try InceptionV3(weights: $0, input: $1) }
    ),
    "inception-adm": (
      InceptionV3.admInput, InceptionV3.sides,
      { try InceptionV3(weights: $0, name: "inception-adm", input: $1) }
    ),
    "mobilenet-v2": (
      MobileNetV2.standardInput, InputSides(), { try MobileNetV2(weights: $0, input: $1) }
    ),
    "resnet20-cifar10": (
      CIFARResNet.standardInput, InputSides(),
      { try CIFARResNet(depth: 20, weights: $0, input: $1) }
    ),
    "resnet56-cifar10": (
      CIFARResNet.standardInput, InputSides(),
      { try CIFARResNet(depth: 56, weights: $0, input: $1) }
    ),
    "squeezenet": (
      SqueezeNet.standardInput, SqueezeNet.sides, { try SqueezeNet(weights: $0, input: $1) }
    ),
  ]

  /// `dinov2-vits14` … `dinov2-vitg14`, with `-reg` for four registers and `-repa` for REPA's
  /// preparation of pictures and position embeddings.
  private static let transformers: [String: Entry] = {
    var entries: [String: Entry] = [:]
    for (size, plain) in DINOv2Configuration.published {
      for registers in [0, 4] {
        var configuration = plain
        configuration.registers = registers
        let sized = configuration
        let sides = InputSides(multiplesOf: sized.patch)
        let name = "dinov2-\(size)\(registers > 0 ? "-reg" : "")"
        let positions = registers > 0 ? PositionResampling.antialiased : .original
        entries[name] = (
          DINOv2.standardInput, sides,
          { try DINOv2(sized, weights: $0, name: name, input: $1, positions: positions) }
        )
        entries["\(name)-repa"] = (
          DINOv2.teacherInput, sides,
          {
            try DINOv2(
              sized, weights: $0, name: "\(name)-repa", input: $1, positions: .antialiased)
          }
        )
      }
    }
    return entries
  }()

  private static let largestSide = 4_096

  /// The known names.
  public static var names: [String] { entries.keys.sorted() }

  /// Builds a network and reads its weights.
  ///
  /// - Parameter spec: a name, or `name@side` to resize pictures to another side than the usual
  ///   one.
  /// - Throws: ``PeregrineError`` `.usage` for an unknown name or a side that the network cannot work
  ///   with, `.badData` for weights of another network or with numbers that are not finite.
  public static func load(_ spec: String, weights: URL) throws -> any FeatureNetwork {
    let parts = spec.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard let entry = entries[parts[0]] else {
      let near = nearestNames(to: parts[0], among: names).map { "`\($0)`" }
      throw PeregrineError(
        .usage, doing: "choosing a feature network", found: "`\(parts[0])`",
        expected: "one of \(names.joined(separator: ", "))",
        advice: near.isEmpty ? "" : "Did you mean \(near.joined(separator: " or "))?")
    }
    var input = entry.input
    if parts.count > 1 {
      guard parts.count == 2, let side = Int(parts[1]), side <= largestSide,
        entry.sides.contains(side)
      else {
        throw PeregrineError(
          .usage, doing: "reading the feature network `\(spec)`",
          found: "`\(parts[1])` as its side",
          expected: entry.sides.words(upTo: largestSide)
            + ", as in `\(parts[0])@\(entry.input.resizing.side ?? entry.sides.least)`")
      }
      input.resizing = input.resizing.to(side: side)
    }
    try WeightFile.requireFile(weights, for: spec)
    return try entry.load(weights, input)
  }
}
