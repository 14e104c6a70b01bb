import Foundation

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
  private var tallies: [(subject: String, tally: Tally)] = []

  /// What came of the files of one subject.
  private struct Tally {
    private(set) var accepted = 0
    /// Those that the reader refused.
    private(set) var refused = 0
    /// Those that were refused because their hash is another than was recorded.
    private(set) var refusedByHash = 0
    private(set) var findings = 0

    /// Whether no damage ever reached the reader, though there was enough of it.
    var isUnreached: Bool { refused == 0 && accepted + refusedByHash >= 100 }

    mutating func add(_ outcome: ReaderProcess.Outcome) {
      if outcome.fault != nil {
        findings += 1
      } else if let refusal = outcome.refusal {
        if refusal.contains(/(sha|SHA-)256/) {
          refusedByHash += 1
        } else {
          refused += 1
        }
      } else {
        accepted += 1
      }
    }
  }

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
    tallies = subjects.map { ($0.0.name, Tally()) }
    let reader = try ReaderProcess()
    var round = 0
    while done < iterations, Date() < deadline {
      let open = subjects.indices.filter { tallies[$0].tally.findings < Self.mostPerSubject }
      if open.isEmpty { break }
      for index in open where done < iterations && Date() < deadline {
        let (subject, seeds) = subjects[index]
        let folder = scratch.appendingPathComponent(subject.name)
        let data = try damage(subject, seeds, round: round, in: folder)
        var outcome = try reader.read(subject.name, in: folder)
        // The undamaged files come first; of each subject the first must be accepted.
        if round == 0, let refusal = outcome.refusal { outcome = .init(fault: refusal) }
        done += 1
        tallies[index].tally.add(outcome)
        if let fault = outcome.fault { try keep(data, of: subject, round: round, fault) }
      }
      round += 1
    }
    return tallies.reduce(0) { $0 + $1.tally.findings + ($1.tally.isUnreached ? 1 : 0) }
  }

  /// Writes a valid file in the first rounds and a damaged one in the others.
  private func damage(_ subject: Subject, _ seeds: [Data], round: Int, in folder: URL) throws
    -> Data
  {
    var mutator = Mutator(seed: seed, subject: subject.name, round: round)
    var data = seeds[round % seeds.count]
    let isWhole = round < seeds.count
    if !isWhole { data = subject.repair(mutator.damaged(data), &mutator) }
    try data.write(to: folder.appendingPathComponent(subject.file))
    // Now and then the damage is left to the comparison of hashes.
    if isWhole || mutator.below(8) > 0 { try subject.seal(folder) }
    return data
  }

  private func keep(_ data: Data, of subject: Subject, round: Int, _ fault: String) throws {
    try FileManager.default.createDirectory(at: findings, withIntermediateDirectories: true)
    let name = "\(subject.name)-\(seed)-\(round)"
    let file = findings.appendingPathComponent(
      "\(name)-\(URL(fileURLWithPath: subject.file).lastPathComponent)")
    try data.write(to: file)
    print("FINDING \(name): \(fault)\n  kept as \(file.path)")
  }

  /// What came of each subject's files.
  var table: String {
    let rows = tallies.map { subject, tally in
      "\(subject): \(tally.accepted) accepted, \(tally.refused) refused "
        + "(and \(tally.refusedByHash) by their hash), \(tally.findings) findings"
        + (tally.isUnreached ? "; FINDING: no damage reached the reader" : "")
    }
    return rows.joined(separator: "\n")
  }
}
