import Diagnostics
import FileAccess
import Foundation

/// The locations of Peregrine's own files: its recipes and its checkout.
enum Installation {
  /// The root of the checkout that this tool was built in.
  static let root: URL? = {
    let tool = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return sequence(first: tool) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }
      .first { FileManager.default.fileExists(atPath: $0.appendingPathComponent("recipes").path) }
  }()

  /// The recipes that come with Peregrine, by name.
  static func recipes() throws -> [(name: String, url: URL)] {
    try files(below: "recipes", what: "built-in recipes")
  }

  /// The claims that come with Peregrine, by name.
  static func claims() throws -> [(name: String, url: URL)] {
    try files(below: "claims", what: "claims")
  }

  /// The file of a recipe given by path or by name.
  static func recipe(_ nameOrPath: String) throws -> URL {
    try file(nameOrPath, among: recipes(), what: "recipe", list: "peregrine recipes list")
  }

  /// Whether a file is one of the recipes that come with Peregrine.
  static func hasRecipe(_ file: URL) -> Bool {
    let path = file.resolvingSymlinksInPath().path
    return (try? recipes().contains { $0.url.resolvingSymlinksInPath().path == path }) ?? false
  }

  /// The file of a claim given by path or by name.
  static func claim(_ nameOrPath: String) throws -> URL {
    try file(nameOrPath, among: claims(), what: "claim", list: "peregrine race list")
  }

  private static func files(below folder: String, what: String) throws -> [(
    name: String, url: URL
  )] {
    guard let folder = root?.appendingPathComponent(folder),
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else {
      throw PeregrineError(
        .missingInput, doing: "looking for the \(what)", found: "no `\(folder)` folder",
        advice: "Run the tool from its checkout.")
    }
    return names.filter { $0.hasSuffix(".yaml") }.sorted().map {
      (String($0.dropLast(5)), folder.appendingPathComponent($0))
    }
  }

  private static func file(
    _ nameOrPath: String, among known: @autoclosure () throws -> [(name: String, url: URL)],
    what: String, list: String
  ) throws -> URL {
    // A folder of that name, such as one of photos, is not meant.
    if isOrdinaryFile(URL(fileURLWithPath: nameOrPath)) == true {
      return URL(fileURLWithPath: nameOrPath)
    }
    let known = try known()
    if let found = known.first(where: { $0.name == nameOrPath }) { return found.url }
    let near = nearestNames(to: nameOrPath, among: known.map(\.name)).map { "`\($0)`" }
    throw PeregrineError(
      .missingInput, doing: "looking for the \(what) `\(nameOrPath)`",
      found: "no such file or name",
      advice: near.isEmpty
        ? "`\(list)` names the built-in ones."
        : "Did you mean \(near.joined(separator: ", "))?")
  }
}
