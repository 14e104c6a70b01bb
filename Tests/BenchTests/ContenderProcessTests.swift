import Bench
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite struct ContenderProcessTests {
  private func contender(_ script: String, in folder: TemporaryFolder) throws -> ContenderProcess {
    try ContenderProcess(
      name: "script", command: ["sh", "-c", script],
      log: folder.url.appendingPathComponent("script.log"))
  }

  @Test func answersLineByLine() throws {
    let folder = try TemporaryFolder()
    let script = """
      echo '{"engine": "shell"}'
      while read count; do echo "{\\"seconds\\": [$count, 0.5]}"; done
      """
    let contender = try contender(script, in: folder)
    #expect(contender.greeting == ["engine": "shell"])
    #expect(try contender.measure(3) == [3, 0.5])
    #expect(try contender.measure(4) == [4, 0.5])
    #expect((contender.peakMemoryBytes ?? 0) > 100_000)
  }

  /// Before and after its greeting; its last words are in the message.
  @Test(arguments: ["", "echo '{}'; read count;"])
  func itsEndIsTold(begins: String) throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: PeregrineError.self) {
      try contender("\(begins) echo 'no module named torch' >&2; exit 3", in: folder).measure(1)
    }
    #expect(error?.code == .unavailable)
    #expect("\(error!)".contains("status 3: no module named torch"))
  }

  /// Killed before it is asked, and while it answers.
  @Test(arguments: ["kill -9 $$", "echo '{}'; read count; kill -9 $$", "echo '{}'; kill -9 $$"])
  func aKilledContenderGivesOneMessage(script: String) throws {
    signal(SIGPIPE, SIG_IGN)
    let folder = try TemporaryFolder()
    let error = #expect(throws: PeregrineError.self) {
      try contender(script, in: folder).measure(1)
    }
    #expect(error?.code == .unavailable)
    #expect("\(error!)".contains("signal 9 (Killed)"), "\(error!)")
  }

  @Test func anAnswerThatIsNoneIsShown() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: PeregrineError.self) {
      try contender("echo hello; read count", in: folder)
    }
    #expect("\(error!)".contains("`hello`"))
  }

  /// Only the file that is written last makes an environment complete.
  @Test func anUnfinishedEnvironmentDoesNotCount() throws {
    let folder = try TemporaryFolder()
    let environment = PeerEnvironment(root: folder.url, deps: nil)
    let unfinished = environment.folder.appendingPathComponent("torch")
    try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: true)
    let error = #expect(throws: PeregrineError.self) { try environment.program(python: nil) }
    #expect("\(error!)".contains("--make-environment"))
    try Data().write(to: environment.folder.appendingPathComponent("peregrine-pins"))
    let program = try environment.program(python: nil)
    #expect(program.environment["PYTHONPATH"] == environment.folder.path)
    #expect(program.command.last == folder.url.path + "/Benchmarks/peers/sit.py")
    #expect(try environment.program(python: "python9").environment.isEmpty)
  }
}
