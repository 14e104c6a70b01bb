import Tensors
import TestSupport
import Testing

/// The files of each fixture contain exactly what the manifest lists.
@Suite struct FixtureManifestTests {
  private static let names =
    ["srdit_tiny", "jlt_tiny"] + (TREADTiny.isThere ? ["tread_tiny"] : [])

  @Test(arguments: names) func theFilesHoldTheDescribedTensors(name: String) throws {
    try check(GoldenFixture(name))
  }

  @Test func soDoTheFilesOfSiT() throws { try check(SiTTiny().fixture) }

  private func check(_ fixture: GoldenFixture) throws {
    let files = Dictionary(grouping: fixture.descriptions, by: \.file)
    #expect(!files.isEmpty)
    for (file, descriptions) in files {
      let tensors = try fixture.tensors(inFile: file)
      #expect(tensors.keys.sorted() == descriptions.map(\.name).sorted(), "\(file)")
      for description in descriptions {
        let tensor = try #require(tensors[description.name])
        #expect(tensor.shape == description.shape, "\(description.name)")
        guard tensor.dtype.isFloatingPoint else { continue }
        #expect(try tensor.isFinite().all(), "\(description.name)")
      }
    }
  }
}
