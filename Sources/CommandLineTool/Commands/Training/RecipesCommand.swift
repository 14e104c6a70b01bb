import ArgumentParser
import Diagnostics
import FileAccess
import Foundation
import Recipes

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes",
    abstract: "Lists, shows and copies the built-in recipes.",
    discussion: """
      Examples:
        peregrine recipes list
        peregrine recipes copy sit-s1-latent mine.yaml
      """,
    subcommands: [List.self, Show.self, Copy.self, Keys.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Names the built-in recipes.")
    func run() throws {
      for (name, url) in try Installation.recipes() {
        let text = try String(contentsOf: url, encoding: .utf8)
        let title = text.split(separator: "\n").first?.drop { "# ".contains($0) } ?? ""
        Terminal.say(name.padding(toLength: 22, withPad: " ", startingAt: 0) + title)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints a built-in recipe.")
    @Argument(help: "The recipe's name.") var name: String
    func run() throws {
      Terminal.say(try String(contentsOf: Installation.recipe(name), encoding: .utf8))
    }
  }

  struct Copy: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copies a built-in recipe, to be changed.")
    @Argument(help: "The recipe's name.") var name: String
    @Argument(help: "The new file.") var target: String
    func run() throws {
      guard !FileManager.default.fileExists(atPath: target) else {
        throw PeregrineError(
          .usage, doing: "copying a recipe to `\(target)`", found: "a file of that name",
          advice: "Choose another name, or remove the file.")
      }
      try AtomicFile.write(
        Data(contentsOf: Installation.recipe(name)), to: URL(fileURLWithPath: target))
    }
  }

  struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints every key of a recipe with its default.")
    func run() throws { Terminal.say(try RecipeLayers.defaults()) }
  }
}
