import ArgumentParser
import Bench
import Foundation
import Telemetry
import Tensors

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times training and sampling steps beside others', turn by turn.",
    discussion: """
      Contenders run in processes of their own and take turns, there and back
      again, so that a machine that is shared slows all of them alike. First all
      compute the same batch with the same weights; what differs is not timed.

      Examples:
        peregrine bench train --preset s2 --against torch --json s2.json
        peregrine bench sample --preset demo --against reference
        peregrine bench train --preset s2 --with routing.method=sprint \\
          --with routing.rate=0.75 --against plain
      """,
    subcommands: [BenchTrain.self, BenchSample.self, BenchKernels.self, BenchContender.self])
}

struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Whole training steps: forward, backward, clipping, AdamW, average.")
  @OptionGroup var options: BenchOptions
  @OptionGroup var opponents: OpponentOptions
  func run() throws { try opponents.measure(.train, options) }
}

struct BenchSample: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Evaluations of the network, as samplers make them.")
  @OptionGroup var options: BenchOptions
  @OptionGroup var opponents: OpponentOptions
  func run() throws { try opponents.measure(.sample, options) }
}

struct BenchKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "The operations of a block, each with its gradients, beside libtorch's.")

  /// The opponent. PyTorch in eager mode runs libtorch's operations, so both names mean the same.
  enum Opponent: String, CaseIterable, ExpressibleByArgument {
    case torch, reference
  }

  @OptionGroup var options: BenchOptions

  @Option(
    help: ArgumentHelp(
      "Whom to time beside: torch or reference, which are the same operations of libtorch.",
      valueName: "whom"))
  var against: Opponent?

  func run() throws {
    try options.checkRecordCanBeWritten()
    var bench = KernelBench(try BenchPreset(named: options.preset))
    bench.settings = options.settings.assignments
    bench.isCompared = against != nil
    bench.threads = options.threadCount
    bench.run = options.interleaving
    let record = try bench.measure(environment: options.environment) {
      Terminal.announce(BenchTable.line($0))
    }
    for line in BenchTable.lines(record) { Terminal.say(line) }
    try options.write(record)
  }
}

/// One side of a benchmark, in its own process; started by the other bench commands.
struct BenchContender: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "contender", shouldDisplay: false)
  @Argument var description: String
  func run() throws {
    Runtime.endWithParent()
    let description = try JSONDecoder().decode(
      ContenderDescription.self, from: Data(contentsOf: URL(fileURLWithPath: description)))
    try ContenderService.serve(
      description, readLine: { readLine() }, write: { Terminal.say($0) })
  }
}
