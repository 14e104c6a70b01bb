import Diagnostics
import DiffusionMath
import Models
import Nets
import Samples
import Tensors
import TestSupport
import Testing

@testable import Objectives

/// The terms beside the squared error, on numbers that can be checked by hand.
@Suite struct LossTermsTests {
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

  private let pair = { (phase: Double) in
    try DiffusionState(
      PlainArray.example([2, 4, 4, 4], phase: phase).tensor(.float32),
      classToken: PlainArray.example([2, 12], phase: phase).tensor(.float32))
  }

  private func pass(
    _ clean: DiffusionState, _ noise: DiffusionState, _ noisy: DiffusionState, _ times: [Double],
    _ output: BackboneOutput, neighbours: (clean: DiffusionState, noise: DiffusionState)? = nil,
    _ method: FlowMatching = FlowMatching()
  ) -> ForwardPass {
    let flow = FlowPass(
      clean: clean, noise: noise, noisy: noisy, times: times, prediction: output.prediction,
      neighbours: neighbours, formulation: method.formulation, loss: method.loss)
    return ForwardPass(clean: clean, output: output, teacher: nil, flow: flow)
  }

  private func value(_ terms: [any LossTerm], _ change: (inout FlowMatching) -> Void = { _ in })
    throws -> ObjectiveValue
  {
    let model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 5, width: 32, heads: 2), patch: 2, channels: 4, side: 4,
        classCount: 5
      ).speedrun(teacherWidth: 12, projectorWidth: 16))
    try model.randomize(seed: 9)
    var objective = FlowMatching()
    objective.terms = terms
    change(&objective)
    return try objective.value(
      clean: pair(0), noise: pair(0.31), times: [0.2, 0.7],
      conditions: [Condition(label: 1), .none], backbone: model,
      teacher: PlainArray.example([2, 5, 12]).tensor(.float32),
      neighbours: (pair(0.57), pair(0.83)))
  }

  @Test func theTotalIsTheWeightedSum() throws {
    let terms: [any LossTerm] = [
      ClassTokenDenoising(weight: 0.3), RepresentationAlignment(weight: 0.7),
      ContrastiveFlowMatching(weight: 0.2), VelocityDirection(weight: 0.4),
    ]
    let value = try value(terms)
    let found = try value.terms.map { ($0.name, try $0.value.item()) }
    #expect(found.map(\.0) == ["flow_matching"] + terms.map(\.name))
    let weights = [1] + terms.map(\.weight)
    let sum = zip(weights, found).reduce(0) { $0 + $1.0 * $1.1.1 }
    #expect(try abs(value.total.item() - sum) < 1e-5)
  }

  /// Without terms the method is flow matching alone, class token or not.
  @Test func noTermsIsFlowMatchingAlone() throws {
    let value = try value([])
    #expect(value.terms.map(\.name) == ["flow_matching"])
    #expect(try value.total.item() == value.terms[0].value.item())
  }

  /// Distance and direction are those of velocities, whatever the network's output means.
  @Test func velocityTermsAreTheSameForEveryPrediction() throws {
    let (clean, noise) = (try pair(0), try pair(0.31))
    let times = [0.2, 0.7]
    var objective = FlowMatching()
    let noisy = try objective.noised(clean, noise, times)
    let velocity = try noise.item * 1.1 - clean.item
    let column = try Tensor(times, shape: [2, 1, 1, 1], dtype: .float32)
    var found: [[Double]] = []
    for prediction in [PredictionTarget.velocity, .clean, .noise] {
      objective.formulation.prediction = prediction
      let answer =
        switch prediction {
        case .velocity: velocity
        case .clean: try noisy.item - velocity * column
        case .noise: try noisy.item + velocity * (1 - column)
        }
      let pass = try pass(
        clean, noise, noisy, times, BackboneOutput(DiffusionState(answer)),
        neighbours: (pair(0.57), pair(0.83)), objective)
      found.append(
        try [ContrastiveFlowMatching().value(of: pass), VelocityDirection().value(of: pass)]
          .map { try $0.item() })
    }
    let target = try pair(0.83).item - pair(0.57).item
    let contrast = try -(velocity - target).squared().mean().item()
    #expect(abs(found[0][0] - contrast) < 1e-5)
    for other in found.dropFirst() {
      #expect(abs(other[0] - found[0][0]) < 1e-4 && abs(other[1] - found[0][1]) < 1e-5)
    }
    #expect(found[0][1] > 1e-4)
  }

  /// The same direction costs nothing, the opposite one two.
  @Test func directionIsOneMinusTheCosine() throws {
    let (clean, noise) = (try pair(0), try pair(0.31))
    let velocity = try noise.item - clean.item
    for (factor, expected) in [(3.0, 0.0), (-0.5, 2.0)] {
      let pass = pass(
        clean, noise, noise, [1, 1], BackboneOutput(DiffusionState(try velocity * factor)))
      let found = try VelocityDirection().value(of: pass).item()
      #expect(abs(found - expected) < 1e-5)
    }
  }

  /// Kept tokens are compared with the teacher's of their places; depths are averaged.
  @Test func alignmentFollowsPositionsAndAveragesDepths() throws {
    let teacher = try PlainArray.example([2, 5, 6]).tensor(.float32)
    let places = try Tensor([Int64]([3, 1, 0, 4]), shape: [2, 2])
    let chosen = try teacher.gathered(1, places.unsqueezed(-1).expanded([2, 2, 6]))
    let projections = [
      ProjectedTokens(depth: 2, tokens: try teacher * -2, positions: nil),
      ProjectedTokens(depth: 4, tokens: chosen, positions: places),
    ]
    func loss(_ projections: [ProjectedTokens]) throws -> Double {
      let pass = ForwardPass(
        clean: try pair(0), output: BackboneOutput(try pair(0), projections: projections),
        teacher: teacher, flow: nil)
      return try RepresentationAlignment().value(of: pass).item()
    }
    #expect(try abs(loss([projections[0]]) - 1) < 1e-6)
    #expect(try abs(loss([projections[1]]) + 1) < 1e-6)
    #expect(try abs(loss(projections)) < 1e-6)
  }

  @Test func alignmentStopsWhereItIsTold() {
    let term = RepresentationAlignment(weight: 0.5, stopImages: 100)
    #expect(term.isActive(atImage: 99) && !term.isActive(atImage: 100))
    #expect(RepresentationAlignment().isActive(atImage: 1 << 40))
  }

  @Test func termsNameWhatTheyLack() throws {
    let state = DiffusionState(try .zeros([1, 1, 2, 2]))
    let bare = pass(state, state, state, [1], BackboneOutput(state))
    let discrete = ForwardPass(
      clean: state, output: BackboneOutput(state), teacher: nil, flow: nil)
    let terms: [any LossTerm] = [
      ClassTokenDenoising(), RepresentationAlignment(), ContrastiveFlowMatching(),
    ]
    for (term, pass) in terms.map({ ($0, bare) }) + terms.map({ ($0, discrete) }) {
      let error = #expect(throws: PeregrineError.self) { try term.value(of: pass) }
      #expect(error?.code == .usage)
    }
  }

  /// The loop asks an objective what to fetch and knows no term by name.
  @Test func objectivesSayWhatTheyNeed() throws {
    let plain = PlainBackbone(itemShape: [1, 2, 2]) { x, _, _ in x }
    let model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 5, width: 32, heads: 2), patch: 2, channels: 4, side: 4,
        classCount: 5
      ).speedrun(teacherWidth: 12, projectorWidth: 16))
    func needs(
      _ terms: [any LossTerm], _ backbone: any Backbone, at image: Int = 0,
      isTraining: Bool = true
    ) -> BatchNeeds {
      var objective = FlowMatching()
      objective.terms = terms
      return objective.needs(backbone, atImage: image, isTraining: isTraining)
    }
    #expect(needs([], plain) == .itemsAlone)
    #expect(needs([VelocityDirection()], plain) == .itemsAlone)
    #expect(needs([RepresentationAlignment()], plain) == BatchNeeds(teacher: true))
    #expect(needs([RepresentationAlignment()], plain, isTraining: false) == .itemsAlone)
    let stopping = RepresentationAlignment(weight: 1, stopImages: 10)
    #expect(needs([stopping], plain, at: 9) == BatchNeeds(teacher: true))
    #expect(needs([stopping], plain, at: 10) == .itemsAlone)
    #expect(
      needs([stopping, ContrastiveFlowMatching(imagesPerGroup: 8)], plain)
        == BatchNeeds(teacher: true, neighbourGroup: 8))
    // A class token is a part of the input, also in validation.
    #expect(needs([], model, isTraining: false) == BatchNeeds(teacher: true))
  }

  /// Of several draws the nearest is taken; one candidate is the plain draw.
  @Test func immiscibleNoiseIsTheNearestDraw() throws {
    let clean = try PlainArray.example([3, 1, 2, 2]).tensor(.float32)
    let streams = (0..<3).map { RandomStream(seed: 1, purpose: "noise", index: UInt64($0)) }
    let draws = try Tensor.normal(streams, rowShape: [8, 4])
    let data = try clean.reshaped([3, 1, 4])
    let distances = try (draws - data).squared().sum([2])
    let found = try nearestNoise(to: clean, streams, candidates: 8)
    let distance = try (found - clean).squared().sum([1, 2, 3])
    #expect(try PlainArray(distance).distance(to: PlainArray(distances.min([1]))) < 1e-6)
    let plain = try nearestNoise(to: clean, streams, candidates: 1)
    #expect(try plain.bytes() == Tensor.normal(streams, rowShape: [1, 2, 2]).bytes())
  }
}
