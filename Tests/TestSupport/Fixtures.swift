import Foundation

/// Where the golden numbers and real data of the reference folder lie, when they are there.
public enum SharedFolder {
  /// The folder beside the checkout that holds data and fixtures, or `nil`.
  public static let url: URL? = {
    let beside = packageRoot.deletingLastPathComponent().appendingPathComponent("shared")
    return FileManager.default.fileExists(atPath: beside.path) ? beside : nil
  }()

  /// The root of the checkout.
  public static let packageRoot: URL = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The golden fixtures: `PEREGRINE_FIXTURES`, or the shared folder's.
  public static let fixtures: URL? = {
    if let path = ProcessInfo.processInfo.environment["PEREGRINE_FIXTURES"] {
      return URL(fileURLWithPath: path)
    }
    return url?.appendingPathComponent("fixtures")
  }()

  /// Real data and small pretrained weights.
  public static let data: URL? = url?.appendingPathComponent("data")
}

/// A new folder that is removed when the value goes away.
public final class TemporaryFolder {
  /// The folder.
  public let url: URL

  /// Makes an empty folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("peregrine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
