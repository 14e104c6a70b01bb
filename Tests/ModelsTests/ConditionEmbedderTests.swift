import Diagnostics
import DiffusionMath
import Nets
import Samples
import Tensors
import TestSupport
import Testing

@testable import Models

/// Classes, representations and context tokens on their way into a backbone.
@Suite struct ConditionEmbedderTests {
  private static let shape = ConditionShape(classes: 3, vectorWidth: 4)

  private func models(_ conditions: ConditionShape) throws -> [any Backbone] {
    let shape = BackboneShape(
      patch: 2, item: .grid(channels: 2, sides: [4, 4]), conditions: conditions)
    let size = TransformerSize(depth: 2, width: 16, heads: 2)
    let models: [any Backbone] = [
      try SiT(SiTConfiguration(size: size, shape: shape)),
      try JLT(JLTConfiguration(size: size, shape: shape)),
      try JiT(JiTConfiguration(size: .init(size, contextStart: 1), shape: shape)),
      try Mamba(
        MambaConfiguration(
          size: .init(depth: 2, mixer: SelectiveScanSizes(width: 16)), shape: shape)),
      try MagnitudePreservingSiT(MagnitudePreservingSiTConfiguration(size: size, shape: shape)),
    ]
    for model in models { try model.randomize(seed: 5) }
    return models
  }

  private func answer(_ model: any Backbone, _ rows: [Condition]) throws -> PlainArray {
    let state = try PlainArray.example([rows.count, 2, 4, 4]).tensor(.float32)
    return try PlainArray(
      model(
        state, time: Tensor.full(0.4, shape: [rows.count]),
        conditions: Conditions(rows, shape: model.conditions, dtype: .float32, device: .cpu)))
  }

  private func row(_ array: PlainArray, _ index: Int) -> ArraySlice<Double> {
    let size = array.values.count / array.shape[0]
    return array.values[index * size..<(index + 1) * size]
  }

  /// A row without a condition is the same whatever the other rows are asked for, and each kind matters.
  @Test func everyFamilyTakesRepresentations() throws {
    for model in try models(Self.shape) {
      let vector: [Float] = [1, -0.5, 0.3, 2]
      let mixed = try answer(
        model,
        [
          Condition(label: 1, vector: vector), Condition(label: 1), Condition(vector: vector),
          .none,
        ])
      let dropped = try answer(
        model,
        [
          Condition(label: 1, vector: vector),
          Condition(label: 1, vector: vector).dropping([.vector]),
          Condition(label: 2, vector: vector).dropping([.label]),
          Condition(label: 0).dropping(.all),
        ])
      #expect(mixed == dropped)
      // The states of the rows differ; the same state is asked for in four ways.
      let state = try PlainArray.example([1, 2, 4, 4]).tensor(.float32).expanded([4, 2, 4, 4])
      let conditions = [
        Condition(label: 1, vector: vector), Condition(label: 1), Condition(vector: vector), .none,
      ]
      let same = try PlainArray(
        model(
          state, time: Tensor.full(0.4, shape: [4]),
          conditions: Conditions(conditions, shape: model.conditions, dtype: .float32, device: .cpu)
        ))
      for other in 1..<4 {
        #expect(zip(row(same, 0), row(same, other)).contains { abs($0 - $1) > 1e-4 })
      }
    }
  }

  @Test func modelsWithoutConditionsRun() throws {
    for model in try models(ConditionShape()) {
      let found = try answer(model, [.none, .none])
      #expect(found.values.contains { abs($0) > 1e-3 })
      #expect(!model.namedParameters.contains { $0.name.contains("y_embedder") })
    }
  }

  /// A representation's weights and its null have the gradients of the finite differences.
  @Test func gradientsOfTheNewWeightsAreRight() throws {
    let model = try #require(try models(Self.shape).first)
    try model.convert(to: .float64, on: .cpu)
    let state = try PlainArray.example([3, 2, 4, 4]).tensor(.float64)
    let rows = [Condition(label: 1, vector: [1, -0.5, 0.3, 2]), Condition(label: 0), .none]
    func loss() throws -> Tensor {
      try model(
        state, time: PlainArray([3]) { 0.2 + 0.3 * Double($0[0]) }.tensor(.float64),
        conditions: Conditions(rows, shape: model.conditions, dtype: .float64, device: .cpu)
      ).squared().sum()
    }
    let checked = model.namedParameters.filter { $0.name.hasPrefix("vector") }
    #expect(
      checked.map(\.name) == ["vector_embedder.weight", "vector_embedder.bias", "vector_null"])
    try loss().backward()
    for entry in checked {
      let value = entry.parameter.value
      let gradient = try #require(try value.gradient()).scalars(Double.self)
      let start = try value.detached().scalars(Double.self)
      for place in Set([0, start.count / 2, start.count - 1]) {
        let moved = try [1e-5, -1e-5].map { step in
          var values = start
          values[place] += step
          try withoutGradients {
            try value.copy(from: Tensor(values, shape: value.shape, dtype: .float64))
          }
          return try loss().item()
        }
        try withoutGradients {
          try value.copy(from: Tensor(start, shape: value.shape, dtype: .float64))
        }
        let expected = (moved[0] - moved[1]) / 2e-5
        #expect(abs(gradient[place] - expected) <= 1e-6 * max(1, abs(expected)), "\(entry.name)")
      }
    }
  }

  /// Context tokens are projected, padding is masked, and a row without tokens attends to the null.
  @Test func contextHasAMaskAndANull() throws {
    let shape = ConditionShape(contextWidth: 2)
    let embedder = try ConditionEmbedder(shape, width: 8)
    try embedder.randomize(seed: 2)
    let rows = [Condition(context: [[1, 2], [3, 4]]), Condition(context: [[5, 6]]), .none]
    let conditions = try Conditions(rows, shape: shape, dtype: .float32, device: .cpu)
    let context = try #require(try embedder(Tensor.full(0.5, shape: [3]), conditions).context)
    #expect(context.tokens.shape == [3, 2, 8])
    #expect(try context.mask.scalars(Float.self) == [1, 1, 1, 0, 1, 0])
    let parameters = Dictionary(
      uniqueKeysWithValues: embedder.namedParameters.map { ($0.name, $0.parameter.value) })
    let null = try #require(parameters["context_null"]).scalars(Float.self)
    #expect(try context.tokens.sliced(0, 2..<3).sliced(1, 0..<1).scalars(Float.self) == null)
    let weight = try #require(parameters["context_embedder.weight"])
    let bias = try #require(parameters["context_embedder.bias"])
    let projected = try Tensor([Float]([5, 6]), shape: [1, 1, 2]).linear(weight, bias)
    let found = try context.tokens.sliced(0, 1..<2).sliced(1, 0..<1)
    #expect(try PlainArray(found).distance(to: PlainArray(projected)) < 1e-6)
  }

  @Test func familiesRefuseWhatTheyCannotRead() throws {
    let size = TransformerSize(depth: 2, width: 16, heads: 2)
    let unreadable = [
      BackboneShape(
        patch: 2, item: .grid(channels: 2, sides: [4, 8]), conditions: ConditionShape(classes: 2)),
      BackboneShape(
        patch: 2, item: .grid(channels: 2, sides: [4, 4, 4]), conditions: ConditionShape(classes: 2)
      ),
      BackboneShape(
        patch: 2, item: .tokens(length: 16, vocabulary: 9), conditions: ConditionShape(classes: 2)),
      BackboneShape(
        patch: 2, item: .grid(channels: 2, sides: [4, 4]),
        conditions: ConditionShape(contextWidth: 4)),
    ]
    for shape in unreadable {
      for build in [
        { _ = try SiT(SiTConfiguration(size: size, shape: shape)) },
        { _ = try JLT(JLTConfiguration(size: size, shape: shape)) },
        { _ = try MagnitudePreservingSiT(.init(size: size, shape: shape)) },
      ] as [() throws -> Void] {
        let error = #expect(throws: PeregrineError.self) { try build() }
        #expect(error?.code == .usage)
      }
    }
  }

  /// A model is never run without a kind of condition that it takes; a row without one has its null.
  @Test func aMissingKindIsAnError() throws {
    for model in try models(Self.shape) {
      let state = try PlainArray.example([2, 2, 4, 4]).tensor(.float32)
      let error = #expect(throws: PeregrineError.self) {
        try model(
          state, time: Tensor.full(0.4, shape: [2]),
          conditions: Conditions(labels: .zeros([2], dtype: .int64)))
      }
      #expect(error?.description.contains("vector") == true)
    }
  }
}
