import Objectives

/// The terms beside the squared error, one section of the recipe each.
extension Recipe {
  /// The alignment of tokens with the teacher's (REPA).
  public struct Alignment: Codable, Equatable, Sendable {
    /// The weight of the term; 0 is off, REPA and SR-DiT have 0.5.
    public var weight = 0.0
    /// The blocks after which tokens are compared, counted from 1.
    public var depths = [2]
    /// The hidden width of the projector, which all depths share.
    public var projectorWidth = 2_048
    /// From this image on the term is off; 0 keeps it to the end.
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

  /// The class token that is denoised beside each item (REG).
  public struct ClassToken: Codable, Equatable, Sendable {
    /// The weight of its error; 0 is off, SR-DiT has 0.03.
    public var weight = 0.0
  }

  /// The distance from other items' velocities (contrastive flow matching).
  public struct Contrastive: Codable, Equatable, Sendable {
    /// The weight of the term; 0 is off, published is 0.05.
    public var weight = 0.0
    /// Images in turn that form a group whose items are compared; 0 takes the whole global batch.
    public var groupImages = 0
    enum CodingKeys: String, CodingKey {
      case weight
      case groupImages = "group_images"
    }
  }

  /// What is added to the squared error.
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
      ("alignment.weight", alignment.weight, alignment.weight >= 0, "0 or more"),
      ("alignment.stop_images", alignment.stopImages, alignment.stopImages >= 0, "0 or more"),
      ("class_token.weight", classToken.weight, classToken.weight >= 0, "0 or more"),
      ("contrastive.weight", contrastive.weight, contrastive.weight >= 0, "0 or more"),
      (
        "contrastive.group_images", contrastive.groupImages, contrastive.groupImages >= 0,
        "0 or more"
      ),
    ]
  }
}
