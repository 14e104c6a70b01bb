import Foundation
import Testing

@testable import Diagnostics

@Suite struct ShellCommandTests {
  @Test(arguments: [
    ("runs/first", "runs/first"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''"),
    ("~x", "'~x'"), ("größe", "größe"), ("a\nb", "$'a\\nb'"), ("\u{1B}[31m'", "$'\\x1b[31m\\''"),
  ])
  func wordsAreQuotedWhereAShellNeedsIt(word: String, expected: String) {
    #expect(ShellCommand.quoted(word) == expected)
  }

  @Test func aPathIsNeverAnOption() {
    #expect(ShellCommand.quoted(path: "-x") == "./-x")
    #expect(ShellCommand.quoted(path: "- x") == "'./- x'")
  }

  /// A shell reads every word back as it was.
  @Test func aShellReadsTheSameWords() throws {
    let words = [
      "plain", "two words", "'", "\"$HOME\"", "a\\nb", "a\nb\t", "\u{1B}[2J", "*", "~", "",
    ]
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "printf '%s\\0' " + ShellCommand.line(words)]
    process.standardOutput = output
    try process.run()
    let read = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(read == words.map { $0 + "\0" }.joined())
  }

  @Test func textFromFilesCannotActOnATerminal() {
    #expect(Readable.text("\u{1B}[31mred\u{7}\n") == "\\u{1B}[31mred\\u{7}\\n")
    #expect(Readable.text("txt\u{202E}gnp") == "txt\\u{202E}gnp")
    #expect(Readable.text("größe 猫 👩‍👩‍👧") == "größe 猫 👩‍👩‍👧")
  }
}
