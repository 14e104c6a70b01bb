import Foundation
import TestSupport
import Testing

@testable import Telemetry

@Suite struct EnvironmentRecordTests {
  @Test func capturesThisMachine() throws {
    let record = EnvironmentRecord.capture(
      libraries: ["libtorch": "2.11.0"], device: "cpu", threads: 2, packageRoot: nil)
    #expect(record.peregrine == PeregrineVersion.current)
    #expect(record.commit == nil)
    #expect(record.hasLocalChanges == nil)
    #expect(record.swift.hasPrefix("6.") || record.swift.hasPrefix("7"))
    #expect(record.kernel?.isEmpty == false)
    #expect(record.cores >= 1)
    #expect(record.memoryBytes > 100_000_000)
    #expect(record.capturedAt.hasSuffix("Z"))
    #expect(record.libraries == ["libtorch": "2.11.0"])
    #expect(!record.commandLine.isEmpty)
    let back = try JSONDecoder().decode(
      EnvironmentRecord.self, from: try JSONEncoder().encode(record))
    #expect(back == record)
  }

  @Test func whatCanChangeBitsIsCompared() {
    let earlier = EnvironmentRecord.capture(
      libraries: ["libtorch": "2.11.0", "engine": "fused"], device: "cpu", threads: 2,
      packageRoot: nil)
    var now = earlier
    now.capturedAt = "2030-01-01T00:00:00Z"
    now.commandLine = ["peregrine"]
    #expect(now.arithmeticChanges(since: earlier).isEmpty)
    now.libraries["engine"] = "reference"
    now.threads = 4
    now.commit = "unknown before"
    #expect(
      now.arithmeticChanges(since: earlier) == ["engine: fused -> reference", "threads: 2 -> 4"])
  }

  @Test func knowsTheCommitAndItsChanges() throws {
    let folder = try TemporaryFolder()
    func git(_ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        ["git", "-C", folder.url.path, "-c", "user.name=T", "-c", "user.email=t@example.org"]
        + arguments
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
    func record() -> EnvironmentRecord {
      .capture(libraries: [:], device: "cpu", threads: 1, packageRoot: folder.url)
    }
    #expect(record().commit == nil)
    try git("init", "-q")
    try Data("a".utf8).write(to: folder.url.appendingPathComponent("a.txt"))
    try git("add", "a.txt")
    try git("commit", "-q", "--no-gpg-sign", "-m", "One file")
    #expect(record().commit?.count == 40)
    #expect(record().hasLocalChanges == false)
    try Data("b".utf8).write(to: folder.url.appendingPathComponent("a.txt"))
    #expect(record().hasLocalChanges == true)
  }

  @Test func readsIntelAndArmProcessors() {
    let intel = ProcessorDescription(
      cpuinfo: """
        processor\t: 0
        model name\t: Intel(R) Xeon(R) Platinum 8481C
        flags\t\t: fpu sse2 avx avx2 avx512f avx512_bf16 amx_tile amx_bf16 smep ht

        processor\t: 1
        model name\t: Other
        """)
    #expect(intel.model == "Intel(R) Xeon(R) Platinum 8481C")
    #expect(intel.features == ["amx_bf16", "amx_tile", "avx2", "avx512_bf16", "avx512f"])
    let arm = ProcessorDescription(cpuinfo: "Features\t: fp asimd aes sve sme bf16\n")
    #expect(arm.model == nil)
    #expect(arm.features == ["asimd", "bf16", "sme", "sve"])
    #expect(ProcessorDescription(cpuinfo: "").features.isEmpty)
  }

  @Test func readsTheDistribution() {
    let text = "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
    #expect(EnvironmentRecord.prettyName(osRelease: text) == "Debian GNU/Linux 12 (bookworm)")
    #expect(EnvironmentRecord.prettyName(osRelease: "NAME=x") == nil)
  }

  @Test func readsProcessMemory() throws {
    let resident = try #require(ProcessMemory.residentBytes)
    let peak = try #require(ProcessMemory.peakResidentBytes)
    #expect(resident > 1_000_000)
    #expect(peak > 1_000_000)
    let status = "Name:\tx\nVmRSS:\t   1234 kB\nVmHWM:\tmany\n"
    #expect(ProcessMemory.kilobytes("VmRSS", inStatus: status) == 1_234)
    #expect(ProcessMemory.kilobytes("VmHWM", inStatus: status) == nil)
    #expect(ProcessMemory.kilobytes("VmPeak", inStatus: status) == nil)
  }
}
