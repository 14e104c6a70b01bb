import Tensors

extension GoldenFixture {
  /// Compares every output of a case, each by both of its tolerances.
  ///
  /// Prints how far each one is, so that a passing test still says how close it came. Answers that the
  /// manifest does not ask for are left alone; an output without an answer is a departure.
  /// - Parameter answers: role to what our implementation computes.
  /// - Returns: a line for each output that is missed; none when all are met.
  public func departures(of golden: Case, _ answers: [String: Tensor]) throws -> [String] {
    try golden.outputs.sorted { $0.key < $1.key }.flatMap { role, output in
      guard let answer = answers[role] else { return ["\(role): no answer"] }
      let expected = try value(output.tensor)
      guard answer.shape == expected.shape else {
        return ["\(role): shape \(answer.shape) for \(expected.shape)"]
      }
      let pair = try (
        answer.detached().scalars(Double.self), expected.scalars(Double.self)
      )
      return departures(role, golden.id, output, found: pair.0, expected: pair.1)
    }
  }

  private func departures(
    _ role: String, _ id: String, _ output: Case.Output, found: [Double], expected: [Double]
  ) -> [String] {
    let errors = zip(found, expected).map { abs($0 - $1) }
    let isFinite = errors.allSatisfy(\.isFinite)
    let worst = isFinite ? errors.max() ?? 0 : .infinity
    let rms = (errors.reduce(0) { $0 + $1 * $1 } / Double(max(errors.count, 1))).squareRoot()
    let line =
      "\(role): max \(worst) of \(output.tolMaxAbs), rms \(rms) of \(output.tolRms)"
    print("parity \(name) \(id) \(line)")
    guard isFinite, worst <= output.tolMaxAbs, rms <= output.tolRms else { return [line] }
    // One number for each parameter, of very different sizes: each counts by itself.
    guard role == "grad_norms" || role == "moved" else { return [] }
    return zip(found, expected).enumerated().filter { abs($1.0 - $1.1) > 1e-4 * $1.1 }
      .map { "\(role)[\($0)]: \($1.0) for \($1.1)" }
  }
}
