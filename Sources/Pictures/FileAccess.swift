import Diagnostics
import Foundation

/// Reads a whole file.
///
/// - Parameter mapped: map it into memory instead; for big files that are not written meanwhile.
/// - Throws: `.missingInput` when it is not there, `.io` otherwise.
package func readFile(_ url: URL, doing: String, mapped: Bool = false) throws -> Data {
  do {
    return try Data(contentsOf: url, options: mapped ? .alwaysMapped : [])
  } catch {
    if !FileManager.default.fileExists(atPath: url.path) {
      throw PeregrineError(
        .missingInput, doing: doing, found: "no file `\(url.path)`", advice: "Check the path.")
    }
    throw PeregrineError(
      .io, doing: doing, found: "the file `\(url.path)`, which cannot be read",
      advice: "Check that it is a file and its permissions.", cause: error)
  }
}

/// Writes a file whole or not at all: a temporary file beside it, flushed to disk, then renamed.
///
/// - Throws: `.io`, naming the file; nothing half-written stays.
package func writeFile(_ data: Data, to url: URL) throws {
  let folder = url.deletingLastPathComponent()
  let temporary = folder.appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
  do {
    try data.write(to: temporary)
    let handle = try FileHandle(forWritingTo: temporary)
    try handle.synchronize()
    try handle.close()
    guard rename(temporary.path, url.path) == 0 else {
      throw NSError(domain: NSPOSIXErrorDomain, code: Int(errno))
    }
  } catch {
    try? FileManager.default.removeItem(at: temporary)
    throw PeregrineError(
      .io, doing: "writing `\(url.path)`", found: "that it cannot be written",
      advice: "Check that its folder exists, can be written and has room.", cause: error)
  }
}

/// Makes a folder and those above it; one that is there already is fine.
///
/// - Throws: `.io`, naming the folder.
package func makeFolder(_ url: URL) throws {
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch {
    throw PeregrineError(
      .io, doing: "making the folder `\(url.path)`", found: "that it cannot be made",
      advice: "Check the path and its permissions.", cause: error)
  }
}
