import Diagnostics
import Foundation
import Tensors

/// Damages valid files at random and reads them as Peregrine does.
///
///     fuzz [--iterations N | --minutes M] [--seed S] [--only NAME] [--keep FOLDER]
///
/// Files are read in a process of their own, which is started again when it dies. A signal, a trap, a
/// read of more than 20 seconds, more than 2 GB of memory, and an error in other words than ours are
/// findings: the damaged file is kept and named, and the run goes on. The exit status is 1 if there
/// are any.
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
    let seconds = Int(Date().timeIntervalSince(start))
    print("\(run.done) damaged files read in \(seconds) s, seed \(run.seed): \(findings) findings")
    exit(findings == 0 ? 0 : 1)
  }
}

/// A run over all subjects in turn.
struct FuzzRun {
  var iterations = Int.max
  var deadline = Date.distantFuture
  var seed: UInt64 = 1
  /// The only subject to be read; `nil` for all.
  var only: String?
  /// Where files with findings are kept.
  var findings = URL(fileURLWithPath: "fuzz-findings")
  private(set) var done = 0

  /// How often a subject may fail before it is left out; the first findings are enough to mend it.
  private static let mostPerSubject = 5

  /// Reads damaged files until the end; returns the number of findings.
  mutating func start() throws -> Int {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("peregrine-fuzz-\(getpid())")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let corpus = try Corpus(in: scratch)
    let subjects = try Subject.all.filter { only == nil || $0.name == only }.map { subject in
      (subject, try subject.prepare(in: scratch.appendingPathComponent(subject.name), corpus))
    }
    var counts: [String: Int] = [:]
    let reader = try ReaderProcess()
    var round = 0
    // The undamaged files come first; of each subject the first must be accepted.
    while done < iterations, Date() < deadline {
      let open = subjects.filter { counts[$0.0.name] ?? 0 < Self.mostPerSubject }
      if open.isEmpty { break }
      for (subject, seeds) in open where done < iterations {
        var mutator = Mutator(seed: seed, subject: subject.name, round: round)
        let whole = seeds[round % seeds.count]
        var data = whole
        if round >= seeds.count {
          let damaged = mutator.damaged(whole)
          data = subject.repair(damaged, &mutator)
        }
        let folder = scratch.appendingPathComponent(subject.name)
        try data.write(to: folder.appendingPathComponent(subject.file))
        let outcome = try reader.read(subject.name, in: folder)
        done += 1
        guard let fault = outcome.fault ?? (round == 0 ? outcome.refusal : nil) else { continue }
        counts[subject.name, default: 0] += 1
        try keep(data, of: subject, round: round, fault)
      }
      round += 1
    }
    return counts.values.reduce(0, +)
  }

  private func keep(_ data: Data, of subject: Subject, round: Int, _ fault: String) throws {
    try FileManager.default.createDirectory(at: findings, withIntermediateDirectories: true)
    let name = "\(subject.name)-\(seed)-\(round)"
    let file = findings.appendingPathComponent(
      "\(name)-\(URL(fileURLWithPath: subject.file).lastPathComponent)")
    try data.write(to: file)
    print("FINDING \(name): \(fault)\n  kept as \(file.path)")
  }
}
