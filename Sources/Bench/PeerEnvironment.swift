import Diagnostics
import Foundation

/// The Python environment for the PyTorch contenders.
public struct PeerEnvironment: Sendable {
  /// Its folder.
  public let folder: URL
  /// The checkout that contains the PyTorch scripts.
  private let peers: URL

  /// The environment of a checkout, whether created or not: `.deps/peers`, or below
  /// `$PEREGRINE_DEPS`.
  public init(root: URL) {
    let deps = ProcessInfo.processInfo.environment["PEREGRINE_DEPS"].map(URL.init(fileURLWithPath:))
    folder = (deps ?? root.appendingPathComponent(".deps")).appendingPathComponent("peers")
    peers = root.appendingPathComponent("Benchmarks/peers")
  }

  /// The script with a SiT in PyTorch.
  public var script: URL { peers.appendingPathComponent("sit.py") }

  /// The Python interpreter.
  ///
  /// - Parameter given: another interpreter, which must have torch and safetensors.
  /// - Throws: ``PeregrineError`` `.unavailable` with the command that creates the environment.
  public func python(given: String?) throws -> String {
    if let given { return given }
    let python = folder.appendingPathComponent("bin/python").path
    guard FileManager.default.isExecutableFile(atPath: python) else {
      throw PeregrineError(
        .unavailable, doing: "starting PyTorch", found: "no Python environment in `\(folder.path)`",
        advice: "Add `--make-environment` once (it fetches PyTorch, about 3 GB), "
          + "or name an interpreter that has torch and safetensors with `--python`.")
    }
    return python
  }

  /// Creates the environment with `python3` and pip; a complete folder is left unchanged.
  ///
  /// - Throws: ``PeregrineError`` `.unavailable` with pip's last messages.
  public func make() throws {
    guard (try? python(given: nil)) == nil else { return }
    // A virtual environment stores its own path, so it is created in place; it counts as complete
    // once pip has finished.
    let unfinished = folder.appendingPathComponent("bin/python")
    do {
      try run(["python3", "-m", "venv", folder.path])
      try run([
        unfinished.path, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-r",
        peers.appendingPathComponent("requirements.txt").path,
      ])
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
  }

  private func run(_ command: [String]) throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw PeregrineError(
        .unavailable, doing: "making the Python environment `\(folder.path)`",
        found: "that `\(command.prefix(3).joined(separator: " "))` ended with status "
          + "\(process.terminationStatus): \(text.split(separator: "\n").last ?? "")",
        advice: "It needs python3 with venv (Debian: python3-venv), a network and 3 GB of room.")
    }
  }
}
