/// Keys that recipes had under other names, in files, on command lines and in the folders of old runs.
package enum FormerKeys {
  /// The name of today by the former one.
  private static let current: [String: String] = {
    // Until they were nested, both sections had the sampler's keys themselves.
    let sampler = [
      "solver", "steps", "time_shift", "guidance", "guidance_low", "guidance_high",
      "guidance_source", "guidance_rates", "class_token_guidance",
    ]
    let pairs = ["preview", "evaluation"].flatMap { section in
      sampler.map { ("\(section).\($0)", "\(section).sampler.\($0)") }
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()

  /// The name that a key has today.
  package static func current(_ key: String) -> String { current[key] ?? key }
}
