import Foundation

/// Where the checkout and the real data beside it lie.
public enum SharedFolder {
  /// The folder beside the checkout that holds real data, or `nil`.
  public static let url: URL? = {
    let beside = packageRoot.deletingLastPathComponent().appendingPathComponent("shared")
    return FileManager.default.fileExists(atPath: beside.path) ? beside : nil
  }()

  /// The root of the checkout.
  public static let packageRoot: URL = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

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
