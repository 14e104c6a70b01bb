import Diagnostics
import FileAccess
import Foundation

/// The PyTorch for Python that contenders run on, fetched by the checkout's launcher.
public struct PeerEnvironment: Sendable {
  /// Its folder of Python packages.
  public let folder: URL
  /// The checkout that contains the launcher and the PyTorch scripts.
  private let root: URL

  /// The environment of a checkout, whether fetched or not.
  ///
  /// - Parameter deps: the folder that the launcher fetches into; usually `.deps` of the checkout.
  public init(
    root: URL, deps: String? = ProcessInfo.processInfo.environment["PEREGRINE_DEPS"]
  ) {
    let deps = deps.map(URL.init(fileURLWithPath:)) ?? root.appendingPathComponent(".deps")
    (folder, self.root) = (deps.appendingPathComponent("peers"), root)
  }

  /// The program with a SiT in PyTorch.
  ///
  /// - Parameter python: another interpreter, which must have torch and safetensors.
  /// - Throws: ``PeregrineError`` `.unavailable` with the command that fetches PyTorch.
  public func program(python: String?) throws -> PeerProgram {
    let script = root.appendingPathComponent("Benchmarks/peers/sit.py")
    if let python { return PeerProgram(command: [python, script.path]) }
    // The last file that is written: without it, fetching was interrupted.
    let complete = folder.appendingPathComponent("peregrine-pins")
    guard FileManager.default.fileExists(atPath: complete.path) else {
      throw PeregrineError(
        .unavailable, doing: "starting PyTorch", found: "no complete PyTorch in `\(folder.path)`",
        advice: "Add `--make-environment` once (it fetches PyTorch, about 3 GB), "
          + "or name an interpreter that has torch and safetensors with `--python`.")
    }
    return PeerProgram(
      command: ["python3", script.path], environment: ["PYTHONPATH": folder.path])
  }

  /// Fetches PyTorch, or finishes what was interrupted; a complete folder is left unchanged.
  ///
  /// The launcher reports progress and failures on standard error.
  /// - Returns: the launcher's exit status, 0 when PyTorch is there.
  public func make() throws -> Int32 {
    let launcher: ChildProcess
    do {
      launcher = try ChildProcess(
        [root.appendingPathComponent("peregrine").path, "setup", "--peers"], messages: nil)
    } catch {
      throw error.error(doing: "starting the launcher to fetch PyTorch", at: root)
    }
    while !launcher.read().isEmpty {}
    guard case .exited(let status) = launcher.wait() else { return 1 }
    return status
  }
}

/// How a contender of another framework is started.
public struct PeerProgram: Sendable {
  /// The program with its first arguments.
  public let command: [String]
  /// What it needs in its environment.
  public var environment: [String: String] = [:]
}
