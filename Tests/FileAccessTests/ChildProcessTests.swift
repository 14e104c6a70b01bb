import FileAccess
import Foundation
import TestSupport
import Testing

@Suite struct ChildProcessTests {
  @Test func itsInputOutputAndEnd() throws {
    let child = try ChildProcess(
      ["sh", "-c", "read word; echo got $word; exit 3"], takesInput: true)
    try child.write(Data("bread\n".utf8))
    var output = Data()
    while case let more = child.read(), !more.isEmpty { output += more }
    #expect(String(decoding: output, as: UTF8.self) == "got bread\n")
    #expect(child.wait() == .exited(status: 3))
  }

  @Test func aSignalIsToldAndSignalsHaveTheirUsualEffect() throws {
    #expect(
      try ChildProcess(["sh", "-c", "kill -PIPE $$; exit 0"]).wait() == .killed(signal: SIGPIPE))
  }

  /// Otherwise a lock would outlive its owner, and the end of a pipe would never come.
  @Test func itInheritsNoDescriptors() throws {
    let file = open("/dev/null", O_RDONLY)
    defer { close(file) }
    let child = try ChildProcess(["sh", "-c", "test -e /proc/$$/fd/\(file)"])
    #expect(child.wait() == .exited(status: 1))
  }

  @Test func aProgramThatIsNotThere() throws {
    #expect(throws: SystemCallFailure.self) { try ChildProcess(["/nonexistent/program"]) }
  }
}
