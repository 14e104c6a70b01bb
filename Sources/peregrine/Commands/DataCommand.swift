import ArgumentParser
import Data
import Diagnostics
import Foundation
import Pictures

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Looks at datasets.",
    discussion: """
      Examples:
        peregrine data inspect shapes --grid shapes.png
        peregrine data inspect photos/ --size 256 --grid photos.png
      """,
    subcommands: [Inspect.self])

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells what a dataset holds; draws a grid of it.")
    @Argument(help: "shapes, an .npy prefix, a folder of pictures, or a latent cache.")
    var path: String
    @Option(help: "Crop pictures to this side.") var size: Int?
    @Option(help: ArgumentHelp("Write a grid of 64 pictures.", valueName: "file.png")) var grid:
      String?
    @Flag(help: "Print the summary as JSON.") var json = false

    func run() throws {
      let dataset = try openDataset(path, size: size)
      if let grid {
        guard let pictures = dataset as? any PictureDataset else {
          throw PeregrineError(
            .usage, doing: "drawing a grid of `\(path)`", found: "latents",
            expected: "a dataset of pictures")
        }
        let count = pictures.summary.count
        let shown = try (0..<min(64, count)).map {
          try pictures.picture(at: $0 * count / min(64, count))
        }
        try Picture.grid(shown, columns: 8).write(png: URL(fileURLWithPath: grid))
      }
      if json { return try Terminal.say(json: dataset.summary) }
      let summary = dataset.summary
      Terminal.say("name          \(summary.name)")
      Terminal.say("kind          \(summary.kind)")
      Terminal.say("items         \(summary.count)")
      Terminal.say("item shape    \(summary.itemShape.map(String.init).joined(separator: " x "))")
      Terminal.say("fingerprint   \(summary.fingerprint)")
      Terminal.say(
        "classes       \(summary.classNames.count): \(summary.classNames.joined(separator: ", "))")
    }
  }
}
