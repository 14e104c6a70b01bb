import Diagnostics
import Foundation
import Tensors

/// Damages valid files at random and reads them as Peregrine does.
///
///     fuzz [--iterations N | --minutes M] [--seed S] [--only NAME] [--keep FOLDER]
///
/// Files are read in a process of their own, which is started again when it dies. A signal, a trap, a
/// read of more than 20 seconds, more than 2 GB of memory, and an error in other words than ours are
/// findings: the damaged file is kept and named, and the run goes on. So is a reader that no damage
/// ever reaches. The exit status is 1 if there are any findings.
@main
enum Fuzz {
  static func main() throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == ReaderProcess.childArgument { return try ReaderProcess.serve() }
    let start = Date()
    var run = FuzzRun()
    while let option = arguments.first, arguments.count > 1 {
      let value = arguments[1]
      arguments.removeFirst(2)
      switch option {
      case "--iterations": run.iterations = Int(value) ?? 0
      case "--minutes": run.deadline = start.addingTimeInterval(60 * (Double(value) ?? 0))
      case "--seed": run.seed = UInt64(value) ?? 0
      case "--only": run.only = value
      case "--keep": run.findings = URL(fileURLWithPath: value)
      default: arguments = [option]
      }
    }
    guard arguments.isEmpty, run.iterations > 0 else {
      print("usage: fuzz [--iterations N | --minutes M] [--seed S] [--only NAME] [--keep FOLDER]")
      exit(64)
    }
    let findings = try run.start()
    print(run.table)
    let seconds = Int(Date().timeIntervalSince(start))
    print("\(run.done) damaged files read in \(seconds) s, seed \(run.seed): \(findings) findings")
    exit(findings == 0 ? 0 : 1)
  }
}
