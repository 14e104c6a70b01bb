import Diagnostics
import Encoders
import Foundation
import Nets
import Tensors
import TestSupport
import Testing

@Suite(.enabled(if: SharedFolder.data != nil))
struct TAEF2Tests {
  let model: TAEF2
  let golden: SafetensorsFile

  init() throws {
    let weights = try #require(SharedFolder.data).appendingPathComponent("weights")
    model = try TAEF2(weights: weights.appendingPathComponent("taef2.safetensors"))
    golden = try SafetensorsFile(weights.appendingPathComponent("golden_taef2.safetensors"))
  }

  @Test func latentsMatchTheGoldenFile() throws {
    let pixels = try golden.tensor("image_u8_nhwc").to(.float32).permuted([0, 3, 1, 2])
    let posterior = try withoutGradients { try model.encode(pixels * (2.0 / 255) - 1) }
    #expect(posterior.logVariance == nil)
    #expect(try posterior.sample(noise: posterior.mean).bytes() == posterior.mean.bytes())
    let worst = try (posterior.mean - golden.tensor("latent_nchw")).magnitude().max().item()
    print("parity taef2 latents: max \(worst)")
    #expect(worst < 2e-4)
  }

  @Test func picturesMatchTheGoldenFile() throws {
    let pictures = try withoutGradients { try model.decode(golden.tensor("latent_nchw")) }
    let expected = try golden.tensor("decoded_nchw").clamped(0, 1) * 2 - 1
    let worst = try (pictures - expected).magnitude().max().item()
    print("parity taef2 pictures: max \(worst)")
    #expect(worst < 2e-4)
  }

  @Test func hasThePublishedNumberOfParameters() {
    #expect(model.parameterCount == 2_677_027)
  }

  @Test func sidesMustFitTheEncoder() {
    let error = #expect(throws: PeregrineError.self) { try model.encode(.zeros([1, 3, 20, 16])) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.description.contains("[1, 3, 20, 16]") == true)
  }

  @Test func unknownAutoencodersAreNamed() {
    let error = #expect(throws: PeregrineError.self) {
      try Autoencoders.load("vae", weights: URL(fileURLWithPath: "x"))
    }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("taef2") == true)
  }
}
