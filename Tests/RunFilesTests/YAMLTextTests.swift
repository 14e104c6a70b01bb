import Diagnostics
import Foundation
import Testing

@testable import RunFiles

@Suite struct YAMLTextTests {
  private func refusal(of yaml: String) -> String {
    do {
      _ = try RecipeText(yaml, origin: "test.yaml")
      return "accepted"
    } catch {
      #expect((error as? PeregrineError)?.code == .usage)
      return (error as? PeregrineError)?.found ?? "\(error)"
    }
  }

  /// Each line stands for ten times the one before: a gigabyte in ten lines.
  @Test func aliasesAreRefusedBeforeTheyAreExpanded() {
    var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in 1..<12 {
      let items = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("a\(level): &a\(level) [\(items)]")
    }
    #expect(refusal(of: lines.joined(separator: "\n")).contains("line 1: an alias or anchor"))
    #expect(refusal(of: "training: {seed: *x}").contains("alias or anchor"))
    #expect(refusal(of: "data: {path: \"*x & [[[[\"} # *y") == "accepted")
  }

  @Test func nestingAndSizeAreBounded() {
    #expect(refusal(of: String(repeating: "[", count: 100_000)).contains("nested more than 64"))
    #expect(refusal(of: String(repeating: "- ", count: 900)).contains("nested more than 64"))
    #expect(refusal(of: "a: " + String(repeating: "x", count: 1_100_000)).contains("1.1 MB"))
  }

  @Test func aKeyCountsOnce() {
    #expect(
      refusal(of: "data:\n  path: a\n  path: b\n").hasSuffix("`path` twice in one section"))
    // The same key under its former name.
    let both = "preview:\n  steps: 3\n  sampler:\n    steps: 4\n"
    #expect(refusal(of: both) == "`preview.sampler.steps` twice")
  }

  @Test func whatIsNotYAMLIsSaidInOurWords() {
    #expect(refusal(of: "data:\n  path: a: b\n").hasPrefix("line 2, column "))
    #expect(refusal(of: "data: {path: a\u{0}b}").contains("zero byte"))
    #expect(refusal(of: "omitted: {").contains("check the indentation"))
  }

  @Test func leadingZerosAreNoBase8() {
    #expect(refusal(of: "training: {images: 010}").contains("`010`, which YAML reads in base 8"))
    #expect(refusal(of: "training: {images: -0_7}").contains("base 8"))
    #expect(refusal(of: "data: {path: '007'}") == "accepted")
    #expect(refusal(of: "optimizer: {learning_rate: 0.01}") == "accepted")
    #expect(refusal(of: "training: {seed: 0}") == "accepted")
  }

  @Test func digitsWithColonsAreNoNumber() {
    #expect(refusal(of: "training: {images: 9223372036854775807:59:59}").contains("colons"))
    #expect(refusal(of: "data: {path: 12:30}") == "accepted")
  }
}
