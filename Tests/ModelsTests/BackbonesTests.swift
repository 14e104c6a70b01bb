import Diagnostics
import Models
import Samples
import Testing

@Suite struct BackbonesTests {
  @Test(arguments: [("SiT-S/2", 12), ("JLT-L/1", 24), ("JLT-H/1", 32)])
  func presetsOfAllFamiliesAreRead(preset: String, depth: Int) throws {
    #expect(try Backbones.depth(ofPreset: preset) == depth)
  }

  @Test func presetsBuildTheirFamily() throws {
    let model = try Backbones.configuration(
      preset: "SiT-Ti/2", item: .grid(channels: 3, sides: [8, 8]),
      conditions: ConditionShape(classes: 4)
    ).makeBackbone()
    #expect(model is SiT)
    #expect(model.depth == 6)
    let other = try Backbones.configuration(
      preset: "JLT-B/4", item: .grid(channels: 3, sides: [8, 8]),
      conditions: ConditionShape(classes: 4))
    #expect((other as? JLTConfiguration)?.shape.patch == 4)
  }

  @Test(arguments: [
    ("DiT-B/2", "SiT, JLT, JiT, Mamba"), ("", "SiT, JLT, JiT, Mamba"), ("JLT-S/1", "B, H, L"),
    ("JLT-B", "B, H, L"), ("Mamba-B/1", "S, Ti, XS"),
    ("SiT-Q/2", "B, L, S, Ti, XL, XS"),
  ]) func slipsAreNamed(preset: String, expected: String) {
    let error = #expect(throws: PeregrineError.self) {
      try Backbones.depth(ofPreset: preset)
    }
    #expect(error?.code == .usage)
    #expect(error?.found.contains("`\(preset)`") == true)
    #expect(error?.expected.contains(expected) == true)
  }
}
