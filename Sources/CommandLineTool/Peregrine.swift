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
    StandardStream.prepare()
    Runtime.keepFreedMemory()
    var status = run(Array(CommandLine.arguments.dropFirst()))
    do {
      try Terminal.checkResultsWereWritten()
    } catch {
      status = report(error)
    }
    exit(status)
  }

  private static func run(_ words: [String]) -> Int32 {
    do {
      var command = try Arguments.command(words)
      if !(command is BenchContender) { Heartbeat.start() }
      try command.run()
      return 0
    } catch {
      return report(error)
    }
  }

  /// Shows an error, or the help that was asked for, and returns the exit status.
  private static func report(_ error: any Error) -> Int32 {
    Terminal.finishLiveLine()
    // The parser's errors know how to show themselves; all others are explained in our words.
    guard String(reflecting: type(of: error)).hasPrefix("ArgumentParser.") else {
      let error = PeregrineError(explaining: error, doing: "carrying out the command")
      Terminal.complain("peregrine: \(error)")
      return error.code.exitStatus
    }
    let status = Peregrine.exitCode(for: error)
    let text = Peregrine.fullMessage(for: error)
    if status == .success {
      Terminal.say(text)
    } else if !text.isEmpty {
      Terminal.complain(text)
    }
    return status.rawValue
  }
}
