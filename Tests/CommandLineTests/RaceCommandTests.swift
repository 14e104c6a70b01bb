import Foundation
import TestSupport
import Testing

@Suite struct RaceCommandTests {
  /// Words, numbers and status of claims whose sources have curves, have ones that never meet, or have none.
  @Test(arguments: [("tread-37x", 11), ("sprint-9.8x", 12), ("sr-dit-360x", 12)])
  func publishedClaims(name: String, status: Int32) throws {
    let result = try Tool.run(["race", "judge", name])
    #expect(result.status == status, "\(result.errors)")
    try expectSnapshot(result.output, named: "race-judge-\(name)")
  }

  @Test func theListNamesEveryClaim() throws {
    let result = try Tool.run(["race", "list"])
    #expect(result.status == 0)
    for name in ["tread-14x", "repa-17.5x", "reg-63x", "clean-latent", "end-to-end-2026"] {
      #expect(result.output.contains(name))
    }
  }

  @Test func aClaimOfOnesOwn() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("mine.yaml")
    try Data("name: mine\nstatment: x\n".utf8).write(to: file)
    let result = try Tool.run(["race", "judge", "mine.yaml"], in: folder.url)
    #expect(result.status == 64)
    #expect(result.errors.contains("no `statement`"))
    let unknown = try Tool.run(["race", "judge", "tread-38x"])
    #expect(unknown.status == 66)
    #expect(unknown.errors.contains("Did you mean `tread-37x`"))
  }
}
