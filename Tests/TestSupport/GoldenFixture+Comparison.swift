import Tensors

extension GoldenFixture {
  /// Compares every output of a case, with both of its tolerances.
  ///
  /// Prints the deviation of each, so that a passing test also shows how close it was. Answers that
  /// are not in the manifest are ignored; an output without an answer is reported as missed.
  /// - Parameter answers: our outputs by role.
  /// - Returns: a line for each output out of tolerance; empty if all match.
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
    // One number per parameter, with very different magnitudes, so each is compared relatively.
    guard role == "grad_norms" || role == "moved" else { return [] }
    return zip(found, expected).enumerated().filter { abs($1.0 - $1.1) > 1e-4 * $1.1 }
      .map { "\(role)[\($0)]: \($1.0) for \($1.1)" }
  }
}
