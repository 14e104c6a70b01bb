import Diagnostics
import Testing

@testable import Telemetry

@Suite struct ProvenanceTests {
  private let record = Provenance(
    command: "./peregrine sample runs/shapes --seed 7 --count 1", run: "shapes",
    checkpoint: "100000", weightsHash: "sha256:00ff", seed: .max, index: 3, label: 2,
    labelName: "red star", solver: "heun", steps: 32, guidance: 1.5,
    settings: ["guidance_interval": "0.1…0.9"], peregrine: "0.1.0")

  @Test func keysAreStable() {
    #expect(
      record.textChunks == [
        "Software": "Peregrine 0.1.0",
        "peregrine:command": "./peregrine sample runs/shapes --seed 7 --count 1",
        "peregrine:run": "shapes", "peregrine:checkpoint": "100000",
        "peregrine:weights_hash": "sha256:00ff", "peregrine:seed": "18446744073709551615",
        "peregrine:index": "3", "peregrine:label": "2", "peregrine:label_name": "red star",
        "peregrine:solver": "heun", "peregrine:steps": "32", "peregrine:guidance": "1.5",
        "peregrine:settings.guidance_interval": "0.1…0.9", "peregrine:version": "0.1.0",
      ])
  }

  @Test func roundTripsBesideOtherText() throws {
    #expect(
      try Provenance(textChunks: record.textChunks.merging(["Title": "x"]) { a, _ in a }) == record)
    var plain = record
    plain.label = nil
    plain.labelName = nil
    plain.settings = [:]
    plain.guidance = 0.1
    #expect(try Provenance(textChunks: plain.textChunks) == plain)
  }

  @Test(arguments: ["command", "seed", "weights_hash", "steps"])
  func missingFieldIsNamed(field: String) {
    var chunks = record.textChunks
    chunks["peregrine:\(field)"] = nil
    let error = #expect(throws: PeregrineError.self) { try Provenance(textChunks: chunks) }
    #expect(error?.code == .badData)
    #expect(error?.doing.contains("peregrine:\(field)") == true)
  }

  @Test(arguments: ["seed", "index", "label", "guidance"])
  func unreadableNumberIsNamed(field: String) {
    var chunks = record.textChunks
    chunks["peregrine:\(field)"] = "many"
    let error = #expect(throws: PeregrineError.self) { try Provenance(textChunks: chunks) }
    #expect(error?.found == "`many`")
  }
}
