import ArgumentParser
import Datasets
import Diagnostics
import Foundation
import Pictures

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Looks at datasets, and writes them in the EDM2/REPA layout.",
    discussion: """
      Examples:
        peregrine data inspect shapes --grid shapes.png
        peregrine data inspect photos/ --size 256 --grid photos.png
        peregrine data export photos/ --size 256 --out edm2/
      """,
    subcommands: [Inspect.self, Export.self])

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells what a dataset holds; draws a grid of it.")
    @Argument(help: "shapes, an .npy prefix, a folder of pictures, or a latent cache.")
    var path: String
    @OptionGroup var pictures: PictureOptions
    @Option(help: "Crop pictures to this side, \(Bounds.side.words).") var size: Int?
    @Option(help: ArgumentHelp("Write a grid of 64 pictures.", valueName: "file.png")) var grid:
      String?
    @Flag(help: "Print the summary as JSON.") var json = false

    func validate() throws { try Bounds.side.require(size, of: "--size") }

    func run() throws {
      let dataset = try openDataset(path, size: size, orientation: pictures.orientation)
      Terminal.complain(notices: dataset.summary)
      if let grid {
        guard let shown = dataset as? any PictureDataset else {
          throw PeregrineError(
            .usage, doing: "drawing a grid of `\(path)`", found: "latents",
            expected: "a dataset of pictures")
        }
        let count = shown.summary.count
        let cells = try (0..<min(64, count)).map {
          try shown.picture(at: $0 * count / min(64, count))
        }
        try Picture.grid(cells, columns: 8).write(png: URL(fileURLWithPath: grid))
      }
      if json { return try Terminal.say(json: dataset.summary) }
      let summary = dataset.summary
      Terminal.say("name          \(Readable.text(summary.name))")
      Terminal.say("kind          \(summary.kind)")
      Terminal.say("items         \(summary.count)")
      Terminal.say(
        "item shape    \(summary.itemShape.dimensions.map(String.init).joined(separator: " x "))")
      Terminal.say("fingerprint   \(summary.fingerprint)")
      if let decoding = summary.decoding { Terminal.say("pixels        \(decoding)") }
      let names = Readable.text(summary.classNames.joined(separator: ", "))
      Terminal.say("classes       \(summary.classNames.count): \(names)")
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes pictures as numbered PNG files with dataset.json (EDM2/REPA layout).")
    @Argument(help: "shapes, shapes:COUNT, an .npy prefix, or a folder of pictures.")
    var path: String
    @OptionGroup var files: PictureOptions
    @Option(help: "Crop pictures to this side, \(Bounds.side.words).") var size: Int?
    @Option(help: ArgumentHelp("The new folder.", valueName: "folder")) var out: String

    func validate() throws { try Bounds.side.require(size, of: "--size") }

    func run() throws {
      let folder = URL(fileURLWithPath: out)
      try OutputFolder(folder, doing: "writing pictures to `\(folder.path)`")
        .requireOutside(data: path)
      guard
        let pictures = try openDataset(path, size: size, orientation: files.orientation)
          as? any PictureDataset
      else {
        throw PeregrineError(
          .usage, doing: "exporting `\(path)`", found: "latents", expected: "a dataset of pictures")
      }
      Terminal.complain(notices: pictures.summary)
      var writer = try EDM2Writer(root: folder, of: pictures.summary.fingerprint)
      try pictures.checkItems()
      let count = pictures.summary.count
      let display = ProgressDisplay(total: count, unit: "pictures")
      for index in 0..<count {
        let label = try pictures.label(at: index)
        try writer.append(pictures.picture(at: index), label: label)
        display.update(done: index + 1)
      }
      display.finish()
      try writer.finish()
      Terminal.say(out)
    }
  }
}
