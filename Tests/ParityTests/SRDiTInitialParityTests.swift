import Models
import Nets
import Tensors
import TestSupport
import Testing

/// Keys, shapes, counts and initial values of new models, compared with the reference.
@Suite struct SRDiTInitialParityTests {
  private let published: PublishedModels

  init() throws { published = try PublishedModels() }

  /// Large models are built with fewer blocks; ``laterBlocksAreAsTheLastOne(_:)`` covers the rest.
  private func depth(_ model: PublishedModels.Model) -> Int {
    model.parameters < 200_000_000 ? model.depth : 5
  }

  private func build(_ model: PublishedModels.Model) throws -> SiT {
    try SiT(published.configuration(model, depth: depth(model)))
  }

  private func rows(_ model: PublishedModels.Model) -> [PublishedModels.Row] {
    model.stateDict.filter { ($0.block ?? 0) < depth(model) }
  }

  @Test(arguments: try PublishedModels().models)
  func aNewModelStartsAsPublished(_ published: PublishedModels.Model) throws {
    let (model, rows) = (try build(published), rows(published))
    let entries = model.namedParameters
    #expect(entries.map(\.name) == rows.map(\.key))
    #expect(entries.map(\.parameter.value.shape) == rows.map(\.shape))
    #expect(entries.map(\.parameter.isBuffer) == rows.map { $0.kind == "buffer" })
    #expect(entries.map(\.parameter.isTrainable) == rows.map { $0.kind == "parameter" })
    try model.initialize(seed: 0)
    for (entry, row) in zip(entries, rows) { try check(entry.parameter.value.detached(), row) }
    try expectZeroOutput(of: model, projecting: published.forward.zShape)
  }

  private func check(_ value: Tensor, _ row: PublishedModels.Row) throws {
    let mean = try value.mean().item()
    let deviation = try (value.squared().mean().item() - mean * mean).magnitude.squareRoot()
    let largest = try value.magnitude().max().item()
    if row.kind != "parameter" {
      #expect(abs(mean - row.initMean) < 1e-5, "\(row.key)")
      #expect(abs(deviation - row.initStd) < 1e-5, "\(row.key)")
      #expect(abs(largest - row.initAbsmax) < 1e-5, "\(row.key)")
    } else if row.initStd == 0 {
      let extremes = try (value.min().item(), value.max().item())
      #expect(extremes.0 == row.initMean && extremes.1 == row.initMean, "\(row.key)")
    } else {
      #expect(abs(deviation - row.initStd) < 0.02 * row.initStd, "\(row.key)")
      #expect(abs(mean) < 0.05 * row.initStd, "\(row.key)")
      let isNormal = row.key.hasPrefix("t_embedder") || row.key.hasPrefix("y_embedder")
      let fans = row.shape[0] + row.shape.dropFirst().reduce(1, *)
      let bound = (6 / Double(fans)).squareRoot()
      #expect(isNormal || (largest <= bound * (1 + 1e-6) && largest > 0.98 * bound), "\(row.key)")
    }
  }

  /// A new model predicts exactly zero.
  private func expectZeroOutput(of model: SiT, projecting shape: [Int]?) throws {
    let teacherWidth = try #require(model.classTokenWidth)
    let run = try withoutGradients {
      try ForwardRun(
        model,
        DiffusionState(
          PlainArray.example([1] + model.itemShape.dimensions).tensor(.float32),
          classToken: PlainArray.example([1, teacherWidth]).tensor(.float32)),
        time: Tensor([Float(0.5)], shape: [1]), labels: [3])
    }
    #expect(try run.item.magnitude().max().item() == 0)
    #expect(try #require(run.output.prediction.classToken).magnitude().max().item() == 0)
    #expect(run.output.projections.first?.tokens.shape == shape)
  }

  @Test(arguments: try PublishedModels().models)
  func laterBlocksAreAsTheLastOne(_ published: PublishedModels.Model) throws {
    let model = try build(published)
    let last = published.stateDict.filter { $0.block == depth(published) - 1 }
    let shapes = Dictionary(uniqueKeysWithValues: last.map { ($0.keyInBlock, $0.shape) })
    for row in published.stateDict where (row.block ?? 0) >= depth(published) {
      #expect(shapes[row.keyInBlock] == row.shape, "\(row.key)")
    }
    let missing = published.depth - depth(published)
    let inBlock = last.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let trainable = model.trainableParameters.reduce(0) { $0 + $1.parameter.value.count }
    #expect(model.namedParameters.count + missing * last.count == published.tensors)
    #expect(model.parameterCount + missing * inBlock == published.parameters)
    #expect(trainable + missing * inBlock == published.parametersTrainable)
  }
}
