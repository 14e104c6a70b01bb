import Foundation
import Testing

@testable import Diagnostics

/// Errors of the system and of libraries, in our own words.
@Suite struct ForeignErrorTests {
  private struct Record: Decodable {
    struct Arm: Decodable { let name: String }
    let count: Int
    let ratio: Double
    let arms: [Arm]
  }

  @Test(arguments: [
    (#"{"ratio": 1, "arms": []}"#, "no `count`; expected one"),
    (#"{"count": "x", "ratio": 1, "arms": []}"#, "`count`: another value; expected a whole number"),
    (#"{"count": 1, "ratio": true, "arms": []}"#, "`ratio`: another value; expected a number"),
    (#"{"count": 1, "ratio": 1, "arms": 3}"#, "`arms`: another value; expected a list"),
    (
      #"{"count": 1, "ratio": 1, "arms": [{"name": "a"}, {}]}"#, "`arms.1`: no `name`; expected one"
    ),
    (
      #"{"count": 1"#,
      "a value that cannot be read; expected whole JSON with numbers of usual size"
    ),
  ])
  func aRecordThatCannotBeReadIsNamedByItsPath(json: String, words: String) {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Record.self, from: Data(json.utf8))
    }
    #expect(PeregrineError.words(for: error!) == words)
  }

  @Test func filesFailInOurWords() throws {
    func failure(_ body: () throws -> Void) -> PeregrineError? {
      do { try body() } catch { return PeregrineError(explaining: error, doing: "trying") }
      return nil
    }
    let missing = failure { _ = try Data(contentsOf: URL(fileURLWithPath: "/proc/nonexistent/a")) }
    #expect(missing?.found == "no such file or folder" && missing?.code == .missingInput)
    let folder = failure { _ = try Data(contentsOf: URL(fileURLWithPath: "/")) }
    #expect(folder?.found == "Is a directory" && folder?.code == .io)
    let full = failure { try Data(count: 99).write(to: URL(fileURLWithPath: "/dev/full")) }
    #expect(full?.found == "a full disk" && full?.code == .io)
  }

  @Test func causesAreExplainedToo() {
    let cause = NSError(domain: NSPOSIXErrorDomain, code: Int(EIO))
    let error = PeregrineError(.io, doing: "reading `a\u{1B}[2J`", found: "nothing", cause: cause)
    #expect(
      error.description
        == "Failed while reading `a\\u{1B}[2J`: found nothing.\n  because: Input/output error")
  }

  private struct OwnError: Error, CustomStringConvertible { let description = "our own words" }

  @Test func ourErrorsKeepTheirWords() {
    #expect(PeregrineError.words(for: OwnError()) == "our own words")
  }
}
