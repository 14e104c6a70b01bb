/// A recipe of a race as it was resolved when the race was planned.
public struct ArmPlan: Codable, Equatable, Sendable {
  /// Its name.
  public var name: String
  /// Every key of the recipe, before the keys that differ from run to run.
  public var values: [String: String]
  /// Images of a step; for a sampler, the evaluations of the network that a step takes.
  public var batch: Int
  /// The evaluations that a sampler's last step does without.
  public var spare: Int?
  /// The classes of its steps; shares of a run add up to 1.
  public var classes: [StepClass]
  /// What the cost ledger needs to be told about, such as `latents` or `teacher`.
  public var needs: [String]

  /// Steps that cost the same.
  public struct StepClass: Codable, Equatable, Sendable {
    /// What sets it apart, such as `with teacher`.
    public var name: String
    /// The steps after a teacher has stopped.
    public static let withoutTeacher = "without teacher"
    /// Its share of a run's images.
    public var share: Double
    /// Floating-point operations of an image, by account, such as `model` or `teacher`.
    public var flops: [String: Double]
    /// Floating-point operations of an image in all.
    public var flopsPerImage: Double { flops.values.reduce(0, +) }

    /// A class.
    public init(name: String, share: Double, flops: [String: Double]) {
      (self.name, self.share, self.flops) = (name, share, flops)
    }
  }

  /// A resolved recipe.
  public init(
    name: String, values: [String: String], batch: Int, spare: Int? = nil, classes: [StepClass],
    needs: [String]
  ) {
    (self.name, self.values, self.batch, self.spare) = (name, values, batch, spare)
    (self.classes, self.needs) = (classes, needs)
  }

  /// Every key with its value, as `section.key=value`.
  public var assignments: [String] {
    values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  /// Floating-point operations of an image, classes by their shares of a run.
  public var flopsPerImage: Double {
    classes.reduce(0) { $0 + $1.share * $1.flopsPerImage }
  }

  /// Floating-point operations of an image by account, classes by their shares of a run.
  public var flopsByAccount: [String: Double] {
    classes.reduce(into: [:]) { sums, part in
      for (account, flops) in part.flops { sums[account, default: 0] += part.share * flops }
    }
  }
}
