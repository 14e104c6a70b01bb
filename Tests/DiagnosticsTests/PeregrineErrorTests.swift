import Diagnostics
import Testing

@Suite struct PeregrineErrorTests {
  @Test func theMessageHasAllThreePartsAndTheCause() {
    struct Underneath: Error, CustomStringConvertible { let description = "disk on fire" }
    let error = PeregrineError(
      .badData, doing: "reading `a.png`", found: "4 bytes", expected: "a whole PNG",
      advice: "Fetch it again.", cause: Underneath())
    #expect(
      error.description == """
        Failed while reading `a.png`: found 4 bytes; expected a whole PNG. Fetch it again.
          because: disk on fire
        """)
  }

  @Test func whatIsEmptyLeavesNoTrace() {
    let error = PeregrineError(.failure, doing: "waiting", found: "nothing")
    #expect(error.description == "Failed while waiting: found nothing.")
  }

  @Test func causesNest() {
    let inner = PeregrineError(.io, doing: "syncing", found: "no space")
    let outer = PeregrineError(.failure, doing: "saving", found: "a failure", cause: inner)
    #expect(
      outer.description
        == "Failed while saving: found a failure.\n  because: Failed while syncing: found no space."
    )
  }

  @Test func theLocationIsWhereTheErrorWasMade() {
    let error = PeregrineError(.failure, doing: "x", found: "y")
    #expect(error.location == "DiagnosticsTests/PeregrineErrorTests.swift:\(#line - 1)")
  }

  @Test(arguments: [
    (PeregrineError.Code.failure, Int32(1)), (.usage, 64), (.badData, 65), (.missingInput, 66),
    (.unavailable, 69), (.io, 74), (.interrupted, 75), (.nonFinite, 20),
  ])
  func exitStatusesAreThePublishedOnes(code: PeregrineError.Code, status: Int32) {
    #expect(code.exitStatus == status)
  }

  @Test func codesOfCallersCompareByNameAndStatus() {
    #expect(PeregrineError.Code(name: "io", exitStatus: 74) == .io)
    #expect(PeregrineError.Code(name: "mine", exitStatus: 74) != .io)
  }
}
