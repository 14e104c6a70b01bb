import FileAccess
import Foundation

/// The machine and software that a run used: `environment.json` in the run folder.
///
/// What the system does not report is `nil` (or empty) and left out of the file.
public struct EnvironmentRecord: Codable, Sendable, Equatable {
  /// The version of Peregrine.
  public var peregrine: String
  /// The git commit of the checkout Peregrine was built from.
  public var commit: String?
  /// Whether the checkout had changes that are not in `commit`.
  public var hasLocalChanges: Bool?
  /// The Swift compiler: its exact version when it is still on the machine, else the language
  /// version Peregrine was built with.
  public var swift: String
  /// The distribution, such as "Debian GNU/Linux 12 (bookworm)".
  public var operatingSystem: String?
  /// The release of the kernel.
  public var kernel: String?
  /// The model name of the processor.
  public var processor: String?
  /// The processor's vector and matrix extensions: `avx2`, `avx512…`, `amx…`, and so on.
  public var processorFeatures: [String]
  /// Processor cores this process may use.
  public var cores: Int
  /// Memory of the machine, in bytes.
  public var memoryBytes: Int
  /// Versions of the libraries, by name.
  public var libraries: [String: String]
  /// The device of the tensors, such as "cpu" or "cuda:0 NVIDIA H200".
  public var device: String
  /// Threads for tensor operations.
  public var threads: Int
  /// When the record was made: ISO 8601, UTC.
  public var capturedAt: String
  /// The command and its arguments.
  public var commandLine: [String]

  private enum CodingKeys: String, CodingKey {
    case peregrine, commit
    case hasLocalChanges = "has_local_changes"
    case swift
    case operatingSystem = "operating_system"
    case kernel, processor
    case processorFeatures = "processor_features"
    case cores
    case memoryBytes = "memory_bytes"
    case libraries, device, threads
    case capturedAt = "captured_at"
    case commandLine = "command_line"
  }

  /// What differs from an earlier record and can change the last bits of results, as
  /// `name: earlier -> now`. What one of them does not know is not compared.
  public func arithmeticChanges(since earlier: EnvironmentRecord) -> [String] {
    func features(_ record: EnvironmentRecord) -> String? {
      record.processorFeatures.isEmpty ? nil : record.processorFeatures.joined(separator: " ")
    }
    let engines = (earlier.libraries["engine"], libraries["engine"])
    let pairs: [(name: String, earlier: String?, now: String?)] = [
      ("peregrine", earlier.peregrine, peregrine),
      ("commit", earlier.commit, commit),
      ("libtorch", earlier.libraries["libtorch"], libraries["libtorch"]),
      ("engine", engines.0, engines.1),
      ("device", earlier.device, device),
      ("threads", "\(earlier.threads)", "\(threads)"),
      ("processor", earlier.processor, processor),
      ("processor features", features(earlier), features(self)),
    ]
    return pairs.compactMap { pair in
      guard let before = pair.earlier, let now = pair.now, before != now else { return nil }
      return "\(pair.name): \(before) -> \(now)"
    }
  }

  /// Inspects the machine now. Takes a tenth of a second, since it runs git and the compiler.
  ///
  /// - Parameters:
  ///   - libraries: versions of libraries, by name.
  ///   - device: the device of the tensors.
  ///   - threads: threads for tensor operations.
  ///   - packageRoot: the checkout. With `nil`, or a folder without `.git`, no commit is recorded.
  public static func capture(
    libraries: [String: String], device: String, threads: Int, packageRoot: URL?
  ) -> EnvironmentRecord {
    let process = ProcessInfo.processInfo
    let checkout = packageRoot.flatMap(Checkout.init)
    let processor = ProcessorDescription(cpuinfo: textOfFile("/proc/cpuinfo") ?? "")
    return EnvironmentRecord(
      peregrine: PeregrineVersion.current, commit: checkout?.commit,
      hasLocalChanges: checkout?.hasLocalChanges, swift: swiftVersion(),
      operatingSystem: textOfFile("/etc/os-release").flatMap(prettyName),
      kernel: textOfFile("/proc/sys/kernel/osrelease"), processor: processor.model,
      processorFeatures: processor.features, cores: process.activeProcessorCount,
      memoryBytes: Int(process.physicalMemory), libraries: libraries, device: device,
      threads: threads, capturedAt: Date().ISO8601Format(), commandLine: process.arguments)
  }

  /// The `PRETTY_NAME` of an os-release file.
  static func prettyName(osRelease: String) -> String? {
    osRelease.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
      .map { $0.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\"", "'"]) }
  }

  /// The language version this file was compiled with.
  private static var compiledWith: String {
    #if compiler(>=7.0)
      "7"
    #elseif compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  private static func swiftVersion() -> String {
    guard let text = outputOfCommand(["swift", "--version"]),
      let match = text.firstMatch(of: /Swift version ([^\s]+)/),
      match.1.hasPrefix(compiledWith)
    else { return compiledWith }
    return String(match.1)
  }
}

/// The current state of a git checkout; `nil` if the folder is not one or git is missing.
private struct Checkout {
  let commit: String
  let hasLocalChanges: Bool

  init?(_ root: URL) {
    // Only if the folder itself is a checkout: a package inside another repository has no commit of
    // its own.
    guard FileManager.default.fileExists(atPath: root.appendingPathComponent(".git").path) else {
      return nil
    }
    let git = ["git", "--no-optional-locks", "-C", root.path]
    guard let commit = outputOfCommand(git + ["rev-parse", "HEAD"]),
      let changes = outputOfCommand(git + ["status", "--porcelain"])
    else { return nil }
    self.commit = commit
    hasLocalChanges = !changes.isEmpty
  }
}

/// Information from `/proc/cpuinfo` about the first processor.
struct ProcessorDescription {
  var model: String?
  var features: [String] = []

  /// The extensions that decide which kernels run, with their variants: `avx512` also matches
  /// `avx512f`, `avx512_bf16` and so on.
  private static let families = [
    "avx2", "avx512", "avx_vnni", "avx10", "amx", "fma", "f16c", "asimd", "sve", "bf16", "i8mm",
  ]
  /// The extensions whose names are prefixes of variants.
  private static let names: Set = ["sme", "sme2"]

  init(cpuinfo: String) {
    for line in cpuinfo.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "model name" where model == nil: model = parts[1]
      case "flags" where features.isEmpty, "Features" where features.isEmpty:
        features = parts[1].split(separator: " ").map(String.init)
          .filter { flag in
            Self.names.contains(flag) || Self.families.contains { flag.hasPrefix($0) }
          }.sorted()
      default: break
      }
    }
  }
}

/// The trimmed text of a small system file.
private func textOfFile(_ path: String) -> String? {
  try? String(contentsOfFile: path, encoding: .utf8)
    .trimmingCharacters(in: .whitespacesAndNewlines)
}

/// The output of a command, trimmed; `nil` if it is missing or fails.
private func outputOfCommand(_ arguments: [String]) -> String? {
  guard let process = try? ChildProcess(arguments) else { return nil }
  var output = Data()
  while case let more = process.read(), !more.isEmpty { output += more }
  guard process.wait() == .exited(status: 0) else { return nil }
  return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}
