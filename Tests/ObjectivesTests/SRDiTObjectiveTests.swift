import Diagnostics
import Models
import Nets
import Objectives
import Tensors
import TestSupport
import Testing

/// The terms of SR-DiT's loss on numbers that can be checked by hand.
@Suite struct SRDiTObjectiveTests {
  @Test func alignmentIsTheNegativeMeanCosine() throws {
    let projected = try Tensor([3, 4, 1, 0, 0, 2], shape: [1, 3, 2])
    let teacher = try Tensor([6, 8, 0, 5, 0, -1], shape: [1, 3, 2])
    let loss = try alignmentLoss(projected: projected, teacher: teacher)
    #expect(try abs(loss.item()) < 1e-6, "cosines 1, 0 and -1")
    let scaled = try alignmentLoss(projected: projected * 1e-3, teacher: projected * 50)
    #expect(try abs(scaled.item() + 1) < 1e-6, "lengths do not matter")
    #expect(throws: PeregrineError.self) {
      try alignmentLoss(projected: projected, teacher: .zeros([1, 3, 4]))
    }
  }

  @Test func aTokenOfZerosHasAFiniteGradient() throws {
    let projected = try Tensor.zeros([1, 1, 2])
    try projected.setRequiresGradient()
    try alignmentLoss(projected: projected, teacher: .ones([1, 1, 2])).backward()
    #expect(try #require(try projected.gradient()).isFinite().all())
  }

  @Test func contrastComparesEachRowWithTheOneBefore() throws {
    let prediction = try Tensor([1, 2, 4], shape: [3, 1])
    let target = try Tensor([10, 20, 40], shape: [3, 1])
    let loss = try contrastiveLoss(prediction: prediction, target: target)
    let squares: [Double] = [39 * 39, 8 * 8, 16 * 16]
    let mean = squares.reduce(0, +) / 3
    #expect(try abs(loss.item() + mean) < 1e-3)
    let error = #expect(throws: PeregrineError.self) {
      try contrastiveLoss(prediction: .zeros([1, 4]), target: .zeros([1, 4]))
    }
    #expect(error?.code == .usage)
  }

  private func value(_ objective: SRDiTObjective) throws -> ObjectiveValue {
    var configuration = SRDiTConfiguration(
      size: SiTSize(depth: 5, width: 32, heads: 2), patch: 2, channels: 4, side: 4, classCount: 5)
    configuration.teacherWidth = 12
    configuration.projectorWidth = 16
    let model = try SRDiT(configuration)
    try model.randomize(seed: 9)
    let pair = { (phase: Double) in
      try StateWithClassToken(
        state: PlainArray.example([2, 4, 4, 4], phase: phase).tensor(.float32),
        classToken: PlainArray.example([2, 12], phase: phase).tensor(.float32))
    }
    return try objective.value(
      clean: pair(0), noise: pair(1),
      teacher: PlainArray.example([2, 5, 12]).tensor(.float32), times: [0.2, 0.7], labels: [1, 5],
      model: model, route: .dense)
  }

  @Test func theTotalIsTheWeightedSum() throws {
    var objective = SRDiTObjective()
    objective.alignment = 0.7
    objective.classToken = 0.3
    objective.contrastive = 0.2
    let value = try value(objective)
    let terms = try Dictionary(
      uniqueKeysWithValues: value.terms.map { ($0.name, try $0.value.item()) })
    let weights = [
      "flow_matching": 1, "alignment": 0.7, "class_token": 0.3, "contrastive": 0.2,
    ]
    #expect(Set(terms.keys) == Set(weights.keys))
    let sum = weights.reduce(0) { $0 + $1.value * (terms[$1.key] ?? .nan) }
    #expect(try abs(value.total.item() - sum) < 1e-5)
  }

  /// Without its three additions the method is flow matching alone.
  @Test func termsWithoutWeightAreLeftOut() throws {
    var objective = SRDiTObjective()
    objective.alignment = 0
    objective.classToken = 0
    objective.contrastive = 0
    let value = try value(objective)
    #expect(value.terms.map(\.name) == ["flow_matching", "class_token"])
    #expect(try value.total.item() == value.terms[0].value.item())
  }
}
