import Diagnostics
import Foundation
import Telemetry
import Tensors

/// The process that reads damaged files. It is asked line by line, and started again when it dies.
final class ReaderProcess {
  /// The argument that makes this program the reading process.
  static let childArgument = "--read"

  /// What came of reading a file.
  struct Outcome {
    /// Why this is a finding; `nil` if the file was accepted or refused in our words.
    var fault: String?
    /// The message of a refusal.
    var refusal: String?
  }

  private static let mostSeconds = 20.0
  private static let mostBytes = 2_000_000_000

  private var process: Process?
  private var input = Pipe()
  private var output = Pipe()

  init() throws {
    signal(SIGPIPE, SIG_IGN)
    try restart()
  }

  deinit { process?.terminate() }

  private func restart() throws {
    (input, output) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [Self.childArgument]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SWIFT_BACKTRACE": "enable=no", "OMP_NUM_THREADS": "1"]) { $1 }
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
  }

  /// Asks the process to read a subject's folder.
  func read(_ subject: String, in folder: URL) throws -> Outcome {
    try input.fileHandleForWriting.write(contentsOf: Data("\(subject)\t\(folder.path)\n".utf8))
    guard let line = line() else {
      let process = self.process
      // A process that has closed its output ends within moments; one that is stuck does not.
      for _ in 0..<20 where process?.isRunning == true { Thread.sleep(forTimeInterval: 0.1) }
      let isStuck = process?.isRunning == true
      if isStuck, let pid = process?.processIdentifier { kill(pid, SIGKILL) }
      process?.waitUntilExit()
      let end = process?.terminationReason == .uncaughtSignal ? "signal" : "status"
      let status = process?.terminationStatus ?? 0
      try restart()
      return Outcome(
        fault: isStuck ? "no answer after \(Int(Self.mostSeconds)) s" : "ended by \(end) \(status)")
    }
    let parts = line.split(separator: "\t", maxSplits: 2).map(String.init)
    let bytes = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let message = parts.count > 2 ? parts[2] : ""
    if bytes > Self.mostBytes {
      process?.terminate()
      process?.waitUntilExit()
      try restart()
      return Outcome(fault: "\(Readable.bytes(bytes)) of memory")
    }
    switch parts.first {
    case "accepted": return Outcome()
    case "refused": return Outcome(refusal: message)
    default: return Outcome(fault: "an error in other words than ours: \(message)")
    }
  }

  /// The next line of the process; `nil` when it ends or is silent for too long.
  private func line() -> String? {
    let deadline = Date().addingTimeInterval(Self.mostSeconds)
    let descriptor = output.fileHandleForReading.fileDescriptor
    var bytes: [UInt8] = []
    while true {
      let left = deadline.timeIntervalSinceNow
      guard left > 0 else { return nil }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, Int32(left * 1_000)) > 0 else { continue }
      var buffer = [UInt8](repeating: 0, count: 4_096)
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return nil }
      bytes += buffer.prefix(count)
      if bytes.last == UInt8(ascii: "\n") {
        return String(decoding: bytes.dropLast(), as: UTF8.self)
      }
    }
  }

  // MARK: The reading process

  /// Reads what it is asked for until its input ends.
  static func serve() throws {
    // Allocations beyond this fail instead of filling the machine.
    var limit = rlimit(rlim_cur: 4_000_000_000, rlim_max: 4_000_000_000)
    setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    Runtime.threadCount = 1
    let subjects = Dictionary(uniqueKeysWithValues: Subject.all.map { ($0.name, $0) })
    while let line = readLine() {
      let parts = line.split(separator: "\t").map(String.init)
      guard parts.count == 2, let subject = subjects[parts[0]] else { continue }
      var answer = "accepted"
      var message = ""
      do {
        try subject.read(URL(fileURLWithPath: parts[1]))
      } catch let error as PeregrineError {
        (answer, message) = ("refused", "\(error)")
      } catch {
        (answer, message) = ("foreign", "\(type(of: error)): \(error)")
      }
      let plain = message.replacing("\n", with: " ").prefix(400)
      let bytes = ProcessMemory.peakResidentBytes ?? 0
      FileHandle.standardOutput.write(Data("\(answer)\t\(bytes)\t\(plain)\n".utf8))
    }
  }
}
