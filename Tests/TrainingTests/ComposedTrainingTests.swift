import Datasets
import Diagnostics
import Encoders
import Foundation
import Models
import Nets
import Telemetry
import Tensors
import TestSupport
import Testing

@testable import Recipes
@testable import RunFiles
@testable import Training

/// Training with several methods at once, on a run that takes a second.
@Suite struct ComposedTrainingTests {
  private let folder: TemporaryFolder
  /// A real feature network with weights by formula.
  private let teacher: [String]

  init() throws {
    folder = try TemporaryFolder()
    let weights = folder.url.appendingPathComponent("teacher.safetensors")
    let state = try CIFARResNet(depth: 20).state.map {
      ($0.name, try Tensor.formulaWeight($0.name, shape: $0.tensor.shape))
    }
    try SafetensorsFile.write(state, to: weights)
    teacher = ["teacher.network=resnet20-cifar10", "teacher.weights=\(weights.path)"]
  }

  /// Everything that SR-DiT has.
  private var speedrun: [String] {
    teacher + [
      "model.norm=rms", "model.rotary=true", "model.query_key_norm=true",
      "model.value_residual=true", "routing.method=sprint", "routing.rate=0.75",
      "routing.path_drop=0.2", "alignment.weight=0.5", "alignment.projector_width=32",
      "class_token.weight=0.03", "contrastive.weight=0.05", "objective.time_shift=1.4",
      "preview.sampler.class_token_guidance=1.5", "preview.sampler.guidance=2",
      "preview.sampler.guidance_source=path-label",
    ]
  }

  /// What SR-DiT does not have, and its later steps.
  private var others: [String] {
    teacher + [
      "model.feed_forward=swiglu", "model.mlp_ratio=2", "model.mlp_ratio_last=6",
      "routing.method=tread", "routing.routes=1-3", "alignment.weight=0.5",
      "alignment.depths=1, 3, 5",
      "alignment.projector_width=32", "alignment.stop_images=40", "class_token.weight=0.03",
      "objective.direction_weight=1", "objective.noise_candidates=4", "objective.prediction=clean",
      "objective.floor=0.05", "objective.time=logit_normal", "contrastive.weight=0.05",
      "contrastive.group_images=2", "preview.sampler.guidance=2",
      "preview.sampler.guidance_source=routes",
    ]
  }

  @Test(arguments: [0, 2], [true, false])
  func twentyStepsAreSevenAndThirteen(microBatch: Int, isSpeedrun: Bool) throws {
    let tiny = try TinyRun(
      (isSpeedrun ? speedrun : others) + ["training.micro_batch_size=\(microBatch)"])
    #expect(try tiny.train("whole") == .finished)
    #expect(try tiny.train("parts", stoppingAfter: 7) == .interrupted)
    #expect(try tiny.train("parts") == .finished)
    #expect(try tiny.tensors("whole") == tiny.tensors("parts"))
    #expect(try tiny.records("whole") == tiny.records("parts"))
  }

  /// Items of other micro-batches, steps that drop the path and teachers included.
  @Test(arguments: [true, false]) func microBatchesTakeTheSameStep(isSpeedrun: Bool) throws {
    func weights(_ micro: Int) throws -> [Double] {
      let tiny = try TinyRun(
        (isSpeedrun ? speedrun : others) + [
          "training.precision=float64", "training.global_batch_size=8",
          "training.micro_batch_size=\(micro)", "routing.path_drop=0.5",
        ])
      let recipe = try tiny.layers.resolved()
      let source = try TrainingData(recipe)
      let session = try TrainingSession(recipe, source: source)
      for step in 0..<4 {
        var batch = try source.training.batch(8 * step..<8 * step + 8)
        batch.firstImage = 8 * step
        try session.step(batch)
      }
      return try session.model.state.flatMap { try $0.tensor.scalars(Double.self) }
    }
    let whole = try weights(0)
    let split = try weights(2)
    let worst = zip(whole, split).map { abs($0 - $1) }.max() ?? 1
    print("micro-batches of composed methods: worst difference \(worst)")
    #expect(worst < 1e-9)
  }

  /// A method that is there and switched off leaves the plain model bit for bit.
  @Test(arguments: [
    ["contrastive.weight=0", "contrastive.group_images=2"],
    ["objective.direction_weight=0", "objective.noise_candidates=1", "objective.noise_scale=1"],
    ["alignment.weight=0", "alignment.depths=1", "alignment.stop_images=7"],
    ["class_token.weight=0"], ["model.mlp_ratio=4", "model.mlp_ratio_last=4"],
    ["routing.method=none", "routing.path_drop=1", "routing.encoder_blocks=1"],
    ["preview.sampler.guidance_source=label", "preview.sampler.guidance_rates=0.1, 0.2"],
  ]) func offIsThePlainModelBitForBit(settings: [String]) throws {
    let plain = try TinyRun(["training.images=24"])
    try plain.train("run")
    let off = try TinyRun(["training.images=24"] + settings)
    try off.train("run")
    #expect(try plain.tensors("run") == off.tensors("run"))
  }

  @Test(arguments: [
    ["contrastive.weight=0.05"], ["objective.direction_weight=1"],
    ["objective.noise_candidates=4"], ["objective.noise_scale=2"], ["routing.method=sprint"],
    ["model.norm=rms"],
  ]) func onIsAnotherRun(settings: [String]) throws {
    let plain = try TinyRun(["training.images=24"])
    try plain.train("run")
    let on = try TinyRun(["training.images=24"] + settings)
    try on.train("run")
    #expect(try plain.tensors("run")["ema.safetensors"] != on.tensors("run")["ema.safetensors"])
  }

  @Test func everyTermIsLoggedAndAlignmentStopsWhereItIsTold() throws {
    let tiny = try TinyRun(others)
    try tiny.train("run")
    let terms = try tiny.records("run").filter { $0.kind == .train }
      .map { ($0.images, Set($0.terms?.keys.map { $0 } ?? [])) }
    let always: Set = ["flow_matching", "class_token", "contrastive", "velocity_direction"]
    for (images, names) in terms {
      // A line of the log covers the twelve images before it.
      if images <= 40 { #expect(names == always.union(["alignment"])) }
      if images > 52 { #expect(names == always) }
    }
    #expect(terms.count > 5)
  }

  /// Steps without middle blocks have fewer tokens to align, and finite losses.
  @Test func alignmentInTheMiddleBearsDroppedPaths() throws {
    let tiny = try TinyRun(
      teacher + [
        "routing.method=sprint", "routing.path_drop=0.5", "alignment.weight=0.5",
        "alignment.depths=2, 3, 4", "alignment.projector_width=32",
      ])
    #expect(try tiny.train("run") == .finished)
    let losses = try tiny.records("run").compactMap { $0.terms?["alignment"] }
    #expect(losses.count > 5 && losses.allSatisfy { (-1...1).contains($0) })
  }

  @Test func theEstimateCountsTheTeacher() throws {
    let base = ["alignment.weight=0.5", "alignment.projector_width=32"]
    let tiny = try TinyRun(teacher + base)
    let estimate = try TrainingEstimate.measure(tiny.layers.resolved(), steps: 1, seconds: 0)
    let plain = try TrainingEstimate.measure(TinyRun().layers.resolved(), steps: 1, seconds: 0)
    let projectorWeights = 128 * 32 + 32 * 32 + 32 * 64
    let projector = Double(3 * 2 * 16 * projectorWeights)
    // The published cost of the network: 41 million multiply-adds a picture.
    let teacher = estimate.flopsPerImage - plain.flopsPerImage - projector
    #expect(abs(teacher / 2 - 41e6) < 1e6)
  }

  @Test func theRowBeforeIsTheOther() {
    let rows = { TrainingSession.predecessors(of: $0, count: $1, groupSize: $2) }
    #expect(rows(0..<6, 6, 0) == [5, 0, 1, 2, 3, 4])
    #expect(rows(2..<4, 6, 0) == [1, 2])
    #expect(rows(0..<6, 6, 3) == [2, 0, 1, 5, 3, 4])
    #expect(rows(3..<5, 6, 2) == [2, 5])
  }

  @Test func weightsOfAnotherRunAreAStart() throws {
    let first = try TinyRun(["training.images=24"])
    try first.train("run")
    let weights = try first.run("run").checkpoint().ema
    let second = try TinyRun(["model.start_from=\(weights.path)"])
    let recipe = try second.layers.resolved()
    let session = try TrainingSession(recipe, source: try TrainingData(recipe))
    let expected = try SafetensorsFile(weights).tensors()
    for (name, tensor) in session.model.state {
      #expect(try tensor.bytes() == expected[name]?.bytes(), "\(name)")
    }
    #expect(throws: PeregrineError.self) {
      let missing = try TinyRun(["model.start_from=/nowhere.pt"]).layers.resolved()
      _ = try TrainingSession(missing, source: try TrainingData(missing))
    }
  }

  /// Pairs that cannot go together, each with what its message must name.
  @Test(
    arguments: [
      (["alignment.weight=0.5"], "teacher.network"),
      (["class_token.weight=0.03"], "class_token.weight"),
      (["teacher.network=mobilenet-v2@128"], "teacher.network: mobilenet-v2@128"),
      (["contrastive.weight=0.05", "contrastive.group_images=3"], "groups of 3"),
      (["contrastive.weight=0.05", "training.global_batch_size=1"], "contrastive.weight"),
      (
        ["model.value_residual=true", "routing.method=tread", "routing.routes=0-3"],
        "model.value_residual"
      ),
      (["model.preset=JLT-B/8", "model.rotary=true"], "model.rotary"),
      (["model.preset=JiT-B/8", "routing.method=tread"], "JiT-B/8"),
      (["model.preset=JiT-B/8", "routing.method=sprint"], "JiT"),
      (["preview.sampler.guidance_source=path"], "`path`"),
      (["evaluation.sampler.guidance_source=routes"], "`routes`"),
      (["preview.sampler.class_token_guidance=2"], "class_token_guidance"),
      (["objective.noise_scale=2", "preview.sampler.solver=euler-maruyama"], "noise_scale: 2.0"),
      (
        [
          "preview.sampler.guidance_source=routes", "routing.method=tread", "routing.routes=1-3",
          "preview.sampler.guidance_rates=0.9, 0.5",
        ],
        "0.9, 0.5"
      ),
      (["routing.method=sprint", "routing.encoder_blocks=4"], "4 encoder"),
    ] as [([String], String)])
  func whatCannotGoTogetherIsRefusedByName(settings: [String], name: String) throws {
    let tiny = try TinyRun(settings)
    let error = #expect(throws: PeregrineError.self) { try tiny.layers.resolved() }
    #expect(error?.code == .usage)
    #expect(error?.description.contains(name) == true, "\(String(describing: error))")
  }
}
