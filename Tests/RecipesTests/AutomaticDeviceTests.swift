import Tensors
import Testing

@testable import Recipes

@Suite struct AutomaticDeviceTests {
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

  @Test func aNamedDeviceIsKept() throws {
    let layers = try RecipeLayers(assignments: ["training.device=cuda:3"])
    #expect(layers.entries["training.device"]?.value == "cuda:3")
  }
}
