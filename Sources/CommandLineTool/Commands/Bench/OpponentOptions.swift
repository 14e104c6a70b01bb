import ArgumentParser
import Bench
import Diagnostics
import Foundation
import Tensors
import Training

/// The program that full steps are compared with.
struct OpponentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Whom to time beside: torch (eager and compiled), torch-eager, torch-compile, reference (the same by libtorch), plain (the same without --with).",
      valueName: "whom"))
  var against: StepBench.Opponent?

  @Option(
    name: .customLong("with"), parsing: .singleValue,
    help: ArgumentHelp(
      "A method's setting, which the plain opponent does without; may be repeated.",
      valueName: "section.key=value"))
  var methods: [String] = []

  @Option(
    help: ArgumentHelp("A Python with torch and safetensors, for torch.", valueName: "interpreter"))
  var python: String?

  @Flag(help: "Fetch PyTorch for Python first, into .deps/peers: about 3 GB.")
  var makeEnvironment = false

  /// Times the steps and prints the result.
  func measure(_ work: RepeatedStep.Work, _ options: BenchOptions) throws {
    try options.checkRecordCanBeWritten()
    Heartbeat.begin("preparing the weights and the batch")
    var bench = StepBench(try BenchPreset(named: options.preset))
    bench.work = work
    (bench.settings, bench.methods) = (options.settings.assignments, methods)
    bench.opponent = against
    bench.threads = options.threadCount
    bench.run = options.interleaving
    if let against, against.rawValue.hasPrefix("torch") { bench.peers = try peers() }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("peregrine-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let record: StepBenchRecord
    do {
      record = try bench.measure(
        tool: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(), folder: folder,
        environment: options.environment
      ) { Terminal.announce(BenchTable.line($0)) }
    } catch let error as PeregrineError where error.code == .unavailable {
      // The contenders' logs are kept.
      throw error
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
    try? FileManager.default.removeItem(at: folder)
    for line in BenchTable.lines(record) { Terminal.say(line) }
    try options.write(record)
  }

  private func peers() throws -> PeerProgram {
    guard let root = Installation.root else {
      throw PeregrineError(
        .missingInput, doing: "looking for the PyTorch peer", found: "no checkout around this tool",
        advice: "Run the tool from its checkout.")
    }
    let environment = PeerEnvironment(root: root)
    if makeEnvironment {
      let status = try environment.make()
      // The launcher has said why.
      guard status == 0 else { throw ExitCode(status) }
    }
    return try environment.program(python: python)
  }
}

extension StepBench.Opponent: ExpressibleByArgument {}
