import Bench
import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@Suite struct AgreementTests {
  private func write(_ prediction: [Float], loss: Float, to file: URL) throws {
    try SafetensorsFile.write(
      [
        ("prediction", try Tensor(prediction, shape: [2, 2])),
        ("loss", try Tensor([loss], shape: [1])),
        ("gradient_norm", try Tensor([Float(3)], shape: [1])),
      ], to: file)
  }

  @Test func distancesAreRelative() throws {
    let folder = try TemporaryFolder()
    let (ours, theirs) = (
      folder.url.appendingPathComponent("a"), folder.url.appendingPathComponent("b")
    )
    try write([3, 0, 4, 0], loss: 2, to: ours)
    try write([3, 0.1, 4, 0], loss: 2.01, to: theirs)
    let agreement = try Agreement(of: "b", theirs, with: ours, dtype: "bfloat16")
    #expect(abs(agreement.prediction - 0.02) < 1e-6)
    #expect(abs((agreement.loss ?? 0) - 0.005) < 1e-6)
    #expect(agreement.gradientNorm == 0)
  }

  static let others: [(prediction: [Float], loss: Float)] = [
    ([3, 1, 4, 0], 2), ([3, 0, 4, 0], 2.2), ([3, 0, .nan, 0], 2),
  ]

  /// Another prediction, another loss, and what is not a number.
  @Test(arguments: others)
  func anotherFunctionIsNotTimed(prediction: [Float], loss: Float) throws {
    let folder = try TemporaryFolder()
    let (ours, theirs) = (
      folder.url.appendingPathComponent("a"), folder.url.appendingPathComponent("b")
    )
    try write([3, 0, 4, 0], loss: 2, to: ours)
    try write(prediction, loss: loss, to: theirs)
    let error = #expect(throws: PeregrineError.self) {
      try Agreement(of: "b", theirs, with: ours, dtype: "bfloat16")
    }
    #expect("\(error!)".contains("two different functions"))
  }
}
