import ArgumentParser
import Diagnostics
import Foundation
import Tensors

/// The root of the command line: it only lists the commands.
struct Peregrine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peregrine",
    abstract: "Trains diffusion transformers, samples from them, and scores the samples.",
    discussion: """
      A first run, with built-in pictures:
        ./peregrine demo

      Real pictures:
        ./peregrine encode DATA --with taef2 --weights taef2.safetensors --out CACHE
        ./peregrine train recipes/caltech64-taef2.yaml --set data.path=CACHE --out runs/first
        ./peregrine evaluate runs/first --against DATA --metrics kid \\
          --features mobilenet-v2@128 --weights mobilenet.safetensors
        ./peregrine sample runs/first --classes 3,7 --count 16 --seed 7 --guidance 2 --out out/

      The script ./peregrine also knows: setup, test, env, lint.
      """,
    subcommands: [
      DemoCommand.self, RecipesCommand.self, DataCommand.self, EncodeCommand.self,
      TrainCommand.self, SampleCommand.self, EvaluateCommand.self, CompareCommand.self,
      EMASweepCommand.self, BenchCommand.self, RaceCommand.self, ReportCommand.self,
      InspectCommand.self,
      DoctorCommand.self,
    ])
}

/// Runs a command and reports its failure as one message and an exit status.
@main
enum Main {
  static func main() {
    Runtime.keepFreedMemory()
    do {
      var command = try Peregrine.parseAsRoot()
      try command.run()
    } catch let error as PeregrineError {
      Terminal.complain("peregrine: \(error)")
      exit(error.code.exitStatus)
    } catch {
      Peregrine.exit(withError: error)
    }
  }
}
