import Diagnostics
import Foundation

/// A folder of golden fixtures, with one `manifest.json` for all or one in the subfolder of each; a large
/// fixture may have a `NAME.json` of its own.
public struct FixtureFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Creates a fixture folder; nothing is read yet.
  public init(_ url: URL) { self.url = url }

  /// The folder `Fixtures` of this repository.
  public static let own = FixtureFolder(
    SharedFolder.packageRoot.appendingPathComponent("Fixtures"))

  /// The folder in the environment variable `PEREGRINE_FIXTURES`, if it is set.
  public static let named = ProcessInfo.processInfo.environment["PEREGRINE_FIXTURES"].map {
    FixtureFolder(URL(fileURLWithPath: $0))
  }

  /// The folder that tests read: the named one, otherwise the repository's own.
  public static var current: FixtureFolder { named ?? own }

  /// Whether the folder exists.
  public var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

  /// Whether the folder contains a fixture.
  public func has(_ fixture: String) -> Bool { (try? entry(of: fixture)) != nil }

  /// The manifest's entry of a fixture, and the folder with its files.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` listing the existing fixtures.
  public func entry(of fixture: String) throws -> (json: Data, folder: URL) {
    for folder in [url.appendingPathComponent(fixture), url] {
      // Another file may be called like the fixture; then it has no list.
      let own = try? Self.entries(of: folder.appendingPathComponent("\(fixture).json"))
      let entries =
        try Self.entries(of: folder.appendingPathComponent("manifest.json")) + (own ?? [])
      for entry in entries where entry["name"] as? String == fixture {
        return (try JSONSerialization.data(withJSONObject: entry), folder)
      }
    }
    throw PeregrineError(
      .missingInput, doing: "looking for the fixture `\(fixture)` in `\(url.path)`",
      found: exists ? known.isEmpty ? "none" : "only \(known)" : "no such folder",
      expected:
        "an entry of that name in its manifest.json, or in that of its subfolder \(fixture)",
      advice: "PEREGRINE_FIXTURES names another folder; without it the repository's own is read.")
  }

  /// The names of the existing fixtures, for messages.
  private var known: String {
    let below = try? FileManager.default.contentsOfDirectory(
      at: url, includingPropertiesForKeys: nil)
    let entries = ([url] + (below ?? [])).flatMap {
      (try? Self.entries(of: $0.appendingPathComponent("manifest.json"))) ?? []
    }
    return entries.compactMap { $0["name"] as? String }.sorted().joined(separator: ", ")
  }

  /// The entries of a manifest; empty if there is none.
  private static func entries(of url: URL) throws -> [[String: Any]] {
    guard FileManager.default.fileExists(atPath: url.path) else { return [] }
    let manifest = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    guard let entries = manifest?["fixtures"] as? [[String: Any]] else {
      throw PeregrineError(
        .badData, doing: "reading `\(url.path)`", found: "no list of fixtures",
        expected: "an object with a list `fixtures`")
    }
    return entries
  }
}
