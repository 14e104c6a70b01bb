/// Former names of recipe keys, which may still occur in recipe files, on command lines and in old run
/// folders.
package enum FormerKeys {
  /// The current name for each former name.
  private static let current: [String: String] = {
    // Before `sampler` became a section of its own, its keys were directly in these two sections.
    let sampler = [
      "solver", "steps", "time_shift", "guidance", "guidance_low", "guidance_high",
      "guidance_source", "guidance_rates", "class_token_guidance",
    ]
    let pairs = ["preview", "evaluation"].flatMap { section in
      sampler.map { ("\(section).\($0)", "\(section).sampler.\($0)") }
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()

  /// The current name of a key.
  package static func current(_ key: String) -> String { current[key] ?? key }
}
