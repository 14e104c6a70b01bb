import ArgumentParser
import Diagnostics
import Foundation
import Telemetry
import Tensors

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Tells what the tool runs on: libtorch, CPU features, devices.",
    discussion: """
      ./peregrine doctor also checks the toolchain and the libraries.

      Examples:
        peregrine doctor
        peregrine doctor --json
      """)

  @Flag(help: "Print the environment record as JSON.")
  var json = false

  func run() throws {
    let devices: String
    do {
      devices = "\(try Device.cudaDeviceCount()) CUDA devices"
    } catch {
      devices = "no CUDA libraries (./peregrine setup --cuda adds them)"
    }
    let record = EnvironmentRecord.capture(
      libraries: Runtime.versions, device: devices,
      threads: Runtime.threadCount, packageRoot: Installation.root)
    if json { return try Terminal.say(json: record) }
    Terminal.say(
      "peregrine     \(record.peregrine)\(record.commit.map { ", commit \($0.prefix(12))" } ?? "")")
    Terminal.say(
      "libtorch      \(Runtime.libtorchVersion), CPU kernels for \(Runtime.cpuCapability)")
    let engine =
      Runtime.fusedInstructions.map { "fused in bfloat16, by \($0)" }
      ?? "libtorch's (fused needs AVX-512 with bfloat16)"
    Terminal.say("engine        \(engine)")
    Terminal.say("processor     \(record.processor ?? "unknown"), \(record.cores) cores")
    Terminal.say("features      \(record.processorFeatures.joined(separator: " "))")
    Terminal.say("threads       \(record.threads)")
    Terminal.say("memory        \(Readable.bytes(record.memoryBytes))")
    Terminal.say("devices       \(devices)")
  }
}
