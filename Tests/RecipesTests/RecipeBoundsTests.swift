import Diagnostics
import Foundation
import Testing

@testable import Recipes

@Suite struct RecipeBoundsTests {
  /// Every key with a number in the built-in defaults, except for seeds, which may be any number.
  private static let keys: [String] =
    ((try? RecipeLayers()).map { layers in
      layers.order.filter {
        Double(layers.entries[$0]?.value ?? "") != nil && !$0.hasSuffix("seed")
      }
    } ?? []) + ["alignment.depths", "preview.sampler.guidance_rates", "optimizer.ema_profiles"]

  /// A new key without bounds fails here.
  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "18446744073709551616", ".nan", ".inf",
  ])
  func everyNumberHasBounds(value: String) throws {
    #expect(Self.keys.count > 60)
    let defaults = try RecipeLayers()
    for key in Self.keys {
      var layers = defaults
      try layers.apply(assignment: "\(key)=\(value)")
      let error = #expect(throws: PeregrineError.self, "\(key)=\(value)") {
        try layers.resolved()
      }
      #expect(error?.code == .usage)
      let names = "\(error?.found ?? "")\(error?.expected ?? "")"
      #expect(
        names.contains(key) || key == "optimizer.ema_profiles", "\(key): \(error?.found ?? "")")
      #expect(error?.expected.isEmpty == false)
    }
  }

  @Test(arguments: [
    ("training.global_batch_size=65537", "1 to 65,536"),
    ("training.images=-1", "0 to 1,000,000,000,000"),
    ("model.mlp_ratio=0", "above 0, at most 32"),
    ("training.threads=1000000", "0 to 1,024"),
    ("data.path=", "the data, such as `shapes`"),
    ("routing.routes=1-9223372036854775807", "such as `2-8`"),
    ("model.preset=SiT-S/9223372036854775807", "SiT-SIZE/PATCH"),
  ])
  func theMessageStatesTheBounds(setting: String, expected: String) throws {
    let error = #expect(throws: PeregrineError.self) {
      try RecipeLayers(assignments: [setting]).resolved()
    }
    #expect(error?.expected.contains(expected) == true, "\(error?.description ?? "")")
  }
}
