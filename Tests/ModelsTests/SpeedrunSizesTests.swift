import Models
import Samples
import Testing

/// The published numbers of SR-DiT's parameters and of its work.
@Suite struct SpeedrunSizesTests {
  private func model(_ size: String, depth: Int? = nil, side: Int = 16) throws -> SiT {
    var configuration = try SiTConfiguration(
      preset: "SiT-\(size)/1", item: [32, side, side],
      conditions: ConditionShape(classes: 1_000))
    configuration.size.depth = depth ?? configuration.size.depth
    return try SiT(configuration.speedrun())
  }

  /// The parameters of a deep model, from two shallow ones.
  private func count(_ size: String, depth: Int, side: Int = 16) throws -> Int {
    let five = try model(size, depth: 5, side: side).parameterCount
    let six = try model(size, depth: 6, side: side).parameterCount
    return five + (depth - 5) * (six - five)
  }

  @Test func parametersAreAsManyAsPublished() throws {
    #expect(try count("B", depth: 12) == 140_235_051)
    #expect(try count("L", depth: 24) == 469_667_383)
    #expect(try count("XL", depth: 28) == 687_713_659)
    #expect(try count("B", depth: 12, side: 32) == 140_824_875)
  }

  @Test func theWorkOfAPictureIsThePublishedOne() throws {
    let model = try model("B")
    var sprint = SprintRouting(middle: 2..<10)
    sprint.pathDrop = 0
    let projector = try model.projectionFLOPs(routing: sprint)
    let routed = try model.forwardFLOPs(routing: sprint) + projector
    #expect(abs(model.forwardFLOPs - 46.8e9) < 0.05e9)
    #expect(abs(routed - 27.2e9) < 0.05e9)
    #expect(abs(projector - 3.77e9) < 0.005e9)
    // In a twentieth of the passes the middle blocks do not run.
    sprint.pathDrop = 0.05
    let middle = (2..<10).reduce(0) {
      $0 + model.blockFLOPs($1, tokens: sprint.keptCount(of: model.tokenCount))
    }
    let expected = routed - projector - 0.05 * middle
    #expect(abs(try model.forwardFLOPs(routing: sprint) / expected - 1) < 1e-12)
  }
}
