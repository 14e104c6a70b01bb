import Diagnostics
import Foundation
import TestSupport
import Testing

/// A folder without the requested fixture gives an error, and its tests are not skipped.
@Suite struct FixtureFolderTests {
  private let temporary = try? TemporaryFolder()

  private func folder(_ manifest: String?, below path: String = "") throws -> FixtureFolder {
    let root = try #require(temporary).url
    let url = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try manifest.map {
      try Data($0.utf8).write(to: url.appendingPathComponent("manifest.json"))
    }
    return FixtureFolder(root)
  }

  @Test func oneManifestMayTellOfAll() throws {
    let folder = try folder(#"{"fixtures": [{"name": "a"}, {"name": "b"}]}"#)
    #expect(try folder.entry(of: "b").folder == folder.url)
    #expect(folder.has("a") && !folder.has("c"))
  }

  @Test func eachFixtureMayHaveAFolderOfItsOwn() throws {
    let folder = try folder(#"{"fixtures": [{"name": "a"}]}"#, below: "a")
    #expect(try folder.entry(of: "a").folder.lastPathComponent == "a")
  }

  @Test func aMissingFolderIsNamed() throws {
    let missing = FixtureFolder(try #require(temporary).url.appendingPathComponent("nowhere"))
    #expect(!missing.exists)
    let error = #expect(throws: PeregrineError.self) { try missing.entry(of: "a") }
    #expect(error?.code == .missingInput)
    let message = error?.description ?? ""
    for word in ["nowhere", "no such folder", "PEREGRINE_FIXTURES"] {
      #expect(message.contains(word), "\(message)")
    }
  }

  @Test func aMissingFixtureIsNamedBesideThoseThatAreThere() throws {
    let folder = try folder(#"{"fixtures": [{"name": "a"}, {"name": "b"}]}"#)
    let error = #expect(throws: PeregrineError.self) { try folder.entry(of: "c") }
    #expect(error?.description.contains("`c`") == true)
    #expect(error?.description.contains("only a, b") == true)
  }

  @Test func aManifestWithoutAListIsRefused() throws {
    let folder = try folder("{}")
    let error = #expect(throws: PeregrineError.self) { try folder.entry(of: "a") }
    #expect(error?.code == .badData)
  }
}
