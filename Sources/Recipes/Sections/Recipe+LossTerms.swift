import Diagnostics
import Objectives

/// The terms that are added to the squared error; each is a section of the recipe.
extension Recipe {
  /// The alignment of tokens with the teacher's tokens (REPA).
  public struct Alignment: Codable, Equatable, Sendable {
    /// The weight of the term; 0 is off, REPA and SR-DiT use 0.5.
    public var weight = 0.0
    /// The blocks after which tokens are compared, counted from 1.
    public var depths = [2]
    /// The hidden width of the projector, which is shared by all depths.
    public var projectorWidth = 2_048
    /// The number of images after which the term is off; 0 means never.
    public var stopImages = 0
    enum CodingKeys: String, CodingKey {
      case weight, depths
      case projectorWidth = "projector_width"
      case stopImages = "stop_images"
    }

    static let accepted: [String: Accepted] = [
      "depths": .words("numbers of blocks, such as `2` or `2, 4`")
    ]
  }

  /// The class token that is denoised together with each item (REG).
  public struct ClassToken: Codable, Equatable, Sendable {
    /// The weight of its squared error; 0 is off, SR-DiT uses 0.03.
    public var weight = 0.0
  }

  /// Contrastive flow matching: pushes predictions away from the velocities of other items.
  public struct Contrastive: Codable, Equatable, Sendable {
    /// The weight of the term; 0 is off, the published value is 0.05.
    public var weight = 0.0
    /// The number of consecutive images in a group whose items are compared; 0 for the whole global
    /// batch.
    public var groupImages = 0
    enum CodingKeys: String, CodingKey {
      case weight
      case groupImages = "group_images"
    }
  }

  /// The terms that are added to the squared error.
  var lossTerms: [any LossTerm] {
    var terms: [any LossTerm] = []
    if classToken.weight > 0 { terms.append(ClassTokenDenoising(weight: classToken.weight)) }
    if alignment.weight > 0 {
      terms.append(
        RepresentationAlignment(weight: alignment.weight, stopImages: alignment.stopImages))
    }
    if contrastive.weight > 0 {
      terms.append(
        ContrastiveFlowMatching(
          weight: contrastive.weight, imagesPerGroup: contrastive.groupImages))
    }
    if objective.directionWeight > 0 {
      terms.append(VelocityDirection(weight: objective.directionWeight))
    }
    return terms
  }

  var termRules: [Rule] {
    [
      Self.rule("alignment.weight", alignment.weight, .factor),
      Self.rule("alignment.depths", each: alignment.depths, .blocks),
      Self.rule("alignment.projector_width", alignment.projectorWidth, .width),
      Self.rule("alignment.stop_images", alignment.stopImages, .images),
      Self.rule("class_token.weight", classToken.weight, .factor),
      Self.rule("contrastive.weight", contrastive.weight, .factor),
      Self.rule("contrastive.group_images", contrastive.groupImages, .batch.from(0)),
    ]
  }
}
