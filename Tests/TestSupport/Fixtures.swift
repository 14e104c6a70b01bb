import Foundation

/// The locations of the checkout and of the optional real data.
public enum SharedFolder {
  /// The folder next to the checkout with real data; `nil` if it does not exist.
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

/// A new folder that is removed when the object is released.
public final class TemporaryFolder {
  /// The folder.
  public let url: URL

  /// Creates an empty folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("peregrine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
