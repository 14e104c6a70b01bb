import Tensors
import Testing

@testable import Recipes

@Suite struct AutomaticSettingsTests {
  @Test func automaticIsRecordedAsTheDeviceThatItIs() throws {
    let device = Device.automatic.description
    for layers in [
      try RecipeLayers(), try RecipeLayers(assignments: ["training.device=auto"]),
    ] {
      #expect(layers.entries["training.device"]?.value == device)
      #expect(try layers.resolved().training.device == device)
      #expect(layers.yaml().contains("device: \(device)"))
      #expect(!layers.yaml().contains("auto "))
      // A run of today, which recorded the device, goes on as the same run.
      let recorded = try RecipeLayers(assignments: ["training.device=\(device)"])
      #expect(layers.differences(from: recorded).isEmpty)
    }
    #expect(try RecipeLayers.defaults().contains("device: auto"))
  }

  @Test func automaticPrecisionIsTheOneThatIsFast() throws {
    let layers = try RecipeLayers(assignments: [
      "training.precision=auto", "training.device=cpu",
    ])
    #expect(
      try layers.resolved().training.precision
        == (Runtime.hasFusedEngine ? .bfloat16 : .float32))
    let gpu = try RecipeLayers(assignments: ["training.precision=auto", "training.device=cuda:0"])
    #expect(gpu.entries["training.precision"]?.value == "bfloat16")
  }

  @Test func aNamedDeviceIsKept() throws {
    let layers = try RecipeLayers(assignments: ["training.device=cuda:3"])
    #expect(layers.entries["training.device"]?.value == "cuda:3")
  }
}
