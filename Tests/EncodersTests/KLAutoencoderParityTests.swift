import Foundation
import Tensors
import TestSupport
import Testing

@testable import Encoders

@Suite struct KLAutoencoderParityTests {
  private static let tolerances: [(DType, Double)] = [(.float32, 1e-4), (.float64, 1e-9)]

  @Test(arguments: KLFixture.all, tolerances)
  func momentsSamplesAndPicturesMatch(fixture: KLFixture, precision: (DType, Double)) throws {
    let (dtype, tolerance) = precision
    let (model, golden) = (try fixture.model(dtype), try fixture.golden())
    try withoutGradients {
      let posterior = try model.encode(fixture.input("pictures", dtype))
      let logVariance = try #require(posterior.logVariance)
      let moments = try Tensor.concatenated([posterior.mean, logVariance], dim: 1)
      let errors = try [
        distance(moments, golden.tensor("moments")),
        distance(posterior.sample(noise: fixture.input("noise", dtype)), golden.tensor("sample")),
        distance(
          model.decode(fixture.input("latents", dtype)), golden.tensor("decoded").clamped(-1, 1)),
      ]
      print("parity \(fixture.id) \(dtype): moments, sample, decoded \(errors) of \(tolerance)")
      #expect(errors.allSatisfy { $0 < tolerance })
    }
  }

  @Test(arguments: KLFixture.all.filter { $0.id != "sd_compvis" }, tolerances)
  func everyStageMatches(fixture: KLFixture, precision: (DType, Double)) throws {
    let (dtype, tolerance) = precision
    let (model, golden) = (try fixture.model(dtype), try fixture.golden())
    let stages = golden.names.filter { $0.hasPrefix("stage/") }
    #expect(stages.count == model.encoder.stages.count + model.decoder.stages.count)
    func worst(_ half: String, _ chain: StageChain, _ input: Tensor) throws -> Double {
      var (x, worst) = (input, 0.0)
      for stage in chain.stages {
        x = try stage.apply(x)
        let kept = try x.reshaped([-1]).sliced(0, 0..<x.count, step: 97)
        let error = try distance(kept, golden.tensor("stage/\(half).\(stage.name)"))
        #expect(error < tolerance, "\(half).\(stage.name): \(error)")
        worst = max(worst, error)
      }
      return worst
    }
    try withoutGradients {
      let encoder = try worst("encoder", model.encoder, fixture.input("pictures", dtype))
      let latents = try model.postQuantConvolution(fixture.input("latents", dtype))
      let decoder = try worst("decoder", model.decoder, latents)
      print("parity \(fixture.id) \(dtype) stages: encoder \(encoder), decoder \(decoder)")
    }
  }

  /// FLUX.2 normalises packed latents; our scaling gives the same numbers where they were before packing.
  @Test func theScalingOfFlux2IsItsPatchNormalisation() throws {
    let (model, fixture) = (try KLFixture.flux2.model(.float64), KLFixture.flux2)
    try withoutGradients {
      let mode = try model.encode(fixture.input("pictures", .float64)).mean
      let scaled = try model.scaling.modelSpace(mode)
      let (rows, columns) = (mode.shape[2] / 2, mode.shape[3] / 2)
      let packed = try scaled.reshaped([1, 32, rows, 2, columns, 2]).permuted([0, 1, 3, 5, 2, 4])
        .reshaped([1, 128, rows, columns])
      let error = try distance(packed, fixture.golden().tensor("packed"))
      print("parity flux2 packed: \(error)")
      #expect(error < 1e-9)
      #expect(try distance(model.scaling.stored(scaled), mode) < 1e-12)
    }
  }

  @Test(arguments: [(Float(100), 20.0), (-100, -30)])
  func logVariancesAreClamped(bias: Float, bound: Double) throws {
    let model = try KLFixture.sd.model()
    let (_, tensor) = try #require(model.state.first { $0.name == "quant_conv.bias" })
    try tensor.copy(from: Tensor([Float](repeating: bias, count: 8), shape: [8]))
    let posterior = try withoutGradients { try model.encode(KLFixture.sd.input("pictures")) }
    let logVariance = try #require(posterior.logVariance)
    #expect(try logVariance.min().item() == bound && logVariance.max().item() == bound)
    #expect(try posterior.mean.magnitude().min().item() > 50, "means are not clamped")
  }
}
