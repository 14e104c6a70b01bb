/// The loss values of a step, on the host.
struct StepRecord {
  let step: Int
  let images: Int
  /// The total loss.
  let total: Double
  let terms: [String: Double]
  let gradientNorm: Double
  let perImage: [Double]
  let times: [Double]

  /// The first number that is NaN or infinite.
  var offender: (name: String, value: Double)? {
    let values =
      terms.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      + [("total", total), ("gradient norm", gradientNorm)]
    return values.first { !$0.1.isFinite }
  }
}
