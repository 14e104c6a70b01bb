import Diagnostics

/// A recipe of a race as resolved when the race was planned.
public struct ArmPlan: Codable, Equatable, Sendable {
  /// Its name.
  public var name: String
  /// Every key of the recipe, before settings that differ between runs.
  public var values: [String: String]
  /// Images per step; for a sampler, the evaluations of the network per step.
  public var batch: Int
  /// How many evaluations fewer a sampler's last step needs.
  public var spare: Int?
  /// The classes of its steps; shares of a run add up to 1.
  public var classes: [StepClass]
  /// Costs that the claim must declare, such as `latents` or `teacher`.
  public var needs: [String]

  /// Steps with equal cost.
  public struct StepClass: Codable, Equatable, Sendable {
    /// What distinguishes it, such as `with teacher`.
    public var name: String
    /// The name of the steps after a teacher has stopped.
    public static let withoutTeacher = "without teacher"
    /// Its share of the images of a run.
    public var share: Double
    /// Floating-point operations per image, by account, such as `model` or `teacher`.
    public var flops: [String: Double]
    /// The total floating-point operations per image.
    public var flopsPerImage: Double { flops.values.reduce(0, +) }

    /// Creates a class.
    public init(name: String, share: Double, flops: [String: Double]) {
      (self.name, self.share, self.flops) = (name, share, flops)
    }
  }

  /// Creates a resolved recipe.
  public init(
    name: String, values: [String: String], batch: Int, spare: Int? = nil, classes: [StepClass],
    needs: [String]
  ) {
    (self.name, self.values, self.batch, self.spare) = (name, values, batch, spare)
    (self.classes, self.needs) = (classes, needs)
  }

  /// Checks the numbers of a recipe.
  func check() throws(RecordFlaw) {
    try Bounds.images.from(1).check(batch, "batch")
    if let spare { try Bounds(0...batch).check(spare, "spare") }
    for part in classes {
      try Bounds.unit.check(part.share, "classes.share")
      for flops in part.flops.values { try Bounds.amount.check(flops, "classes.flops") }
    }
    let whole = classes.reduce(0) { $0 + $1.share }
    guard abs(whole - 1) < 1e-6 else {
      throw RecordFlaw("classes", found: "shares of \(whole) together", expected: "1")
    }
  }

  /// Every key with its value, as `section.key=value`.
  public var assignments: [String] {
    values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  /// Floating-point operations per image, with the classes weighted by their shares of a run.
  public var flopsPerImage: Double {
    classes.reduce(0) { $0 + $1.share * $1.flopsPerImage }
  }

  /// Floating-point operations per image by account, with the classes weighted by their shares of a
  /// run.
  public var flopsByAccount: [String: Double] {
    classes.reduce(into: [:]) { sums, part in
      for (account, flops) in part.flops { sums[account, default: 0] += part.share * flops }
    }
  }
}
