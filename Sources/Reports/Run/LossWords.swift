/// What the two losses of a run are, in words: their times, weights and terms.
struct LossWords {
  /// The loss that training minimises.
  let training: String
  /// The loss of the held-out part.
  let heldOut: String

  /// - Parameter recipe: the run's recipe, by section.
  init(_ recipe: [String: Any]) {
    func section(_ name: String) -> [String: Any] { recipe[name] as? [String: Any] ?? [:] }
    func isOn(_ name: String) -> Bool { number(section(name)["weight"]).map { $0 > 0 } ?? false }
    func number(_ value: Any?) -> Double? { value as? Double ?? (value as? Int).map(Double.init) }

    let objective = section("objective")
    let times =
      objective["time"] as? String == "logit_normal" ? "logit-normal times" : "uniform times"
    let others = [
      ("alignment", "alignment"), ("class_token", "the class token"), ("contrastive", "contrast"),
    ].filter { isOn($0.0) }.map(\.1)
    let terms =
      others.isEmpty ? "" : ", with the terms of " + others.joined(separator: " and ")
    let routing = section("routing")["method"] as? String
    let routed = routing.map { $0 != "none" } ?? false
    training =
      "Of the weights in training, at \(times), with dropped conditions"
      + (routed ? " and routes" : "") + terms + "."
    heldOut =
      "Of the averaged weights, at uniform times with fixed noise, the main term alone, nothing dropped or routed. "
      + "Not comparable with the training loss."
  }
}
