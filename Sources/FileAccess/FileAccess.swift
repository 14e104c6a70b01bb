import Diagnostics
import Foundation

/// Reads a whole file.
///
/// - Parameter mapped: whether to map it into memory instead; for big files that are not written
///   meanwhile.
/// - Throws: `.missingInput` when it does not exist, `.io` otherwise;
///   `.outOfMemory` without room for it.
package func readFile(_ url: URL, doing: String, mapped: Bool = false) throws -> Data {
  if !mapped { try requireMemory(sizeOfFile(url) ?? 0, doing: doing) }
  if mapped, isOrdinaryFile(url) == false {
    throw PeregrineError(
      .badData, doing: doing, found: "a folder or a device", expected: "a file",
      advice: "Check the path.")
  }
  do {
    return try Data(contentsOf: url, options: mapped ? .alwaysMapped : [])
  } catch {
    if !FileManager.default.fileExists(atPath: url.path) {
      throw PeregrineError(
        .missingInput, doing: doing, found: "no file `\(url.path)`", advice: "Check the path.")
    }
    if isOutOfMemory(error) {
      throw PeregrineError(
        .outOfMemory, doing: doing,
        found: "no room in memory for its \(sizeOfFile(url).map(Readable.bytes) ?? "bytes")",
        advice: PeregrineError.withLessMemory)
    }
    throw PeregrineError(
      .io, doing: doing, found: "the file `\(url.path)`, which cannot be read",
      advice: "Check that it is a file and its permissions.", cause: error)
  }
}

/// Whether an error of the system, or the one behind it, is that there is no memory.
private func isOutOfMemory(_ error: any Error) -> Bool {
  let error = error as NSError
  if error.domain == NSPOSIXErrorDomain { return error.code == Int(ENOMEM) }
  return (error.userInfo[NSUnderlyingErrorKey] as? any Error).map(isOutOfMemory) ?? false
}

/// Creates a folder if necessary and checks that files can be created in it.
///
/// - Throws: `.io` with the system's reason.
package func requireWritable(_ folder: URL) throws {
  try makeFolder(folder)
  let probe = folder.appendingPathComponent(".probe")
  try AtomicFile.write(Data(), to: probe)
  unlink(probe.path)
}

/// Creates a folder and its parents; an existing folder is fine.
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

/// Reads a whole file whose name may be any bytes.
///
/// - Throws: `.missingInput` when it does not exist, `.io` otherwise.
package func readFile(_ path: FilePath, doing: String) throws -> Data {
  let file = try OpenFile(path, doing: doing)
  return try file.bytes(0..<file.count)
}
