import Diagnostics
import FileAccess
import FileFormats
import Foundation

/// NumPy's `.npz`: a zip file of named arrays, written by `numpy.savez` or `savez_compressed`.
///
/// Uncompressed arrays are read in parts instead of loaded.
public struct NPZFile: Sendable {
  /// The file's path.
  public let path: String
  private let archive: ZipArchive

  /// Opens a file and reads the names of its arrays.
  ///
  /// - Throws: `.missingInput`, `.io` or `.badData`, naming the file.
  public init(contentsOf url: URL) throws {
    path = url.path
    archive = try ZipArchive(contentsOf: url)
  }

  /// The names of the arrays, sorted.
  public var names: [String] {
    archive.memberNames.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
  }

  /// The array with the given name.
  ///
  /// - Throws: `.badData`, naming the file and its arrays.
  public func array(_ name: String) throws -> NPYFile {
    guard names.contains(name) else {
      throw PeregrineError(
        .badData, doing: "reading the arrays of `\(path)`",
        found: names.isEmpty ? "no arrays" : names.map { "`\($0)`" }.joined(separator: ", "),
        expected: "an array `\(name)`")
    }
    let contents = try archive.contents(of: name + ".npy")
    // An uncompressed member is a part of the mapped file. It is read from the file instead, so that
    // one that is cut off while it is in use is an error.
    let source =
      contents.startIndex == 0
      ? ByteSource(contents)
      : ByteSource(
        try OpenFile(FilePath(path), doing: "reading the arrays of `\(path)`"),
        contents.startIndex..<contents.endIndex)
    return try NPYFile(source, name: "\(path), array \(name)")
  }

  /// An array to be written: its header is known, its elements are produced in parts.
  public struct Writing {
    let name: String
    let header: Data
    let byteCount: Int
    let parts: (_ put: (Data) throws -> Void) throws -> Void

    /// An array whose elements are written one after another by `parts`, in row-major order,
    /// little-endian.
    public init(
      _ name: String, shape: [Int], element: NPYFile.Element,
      parts: @escaping (_ put: (Data) throws -> Void) throws -> Void
    ) {
      self.name = name
      header = NPYHeader.encoded(shape: shape, element: element)
      byteCount = shape.reduce(element.size, *)
      self.parts = parts
    }
  }

  /// Writes arrays without compression, either completely or not at all, without holding them in
  /// memory.
  ///
  /// - Throws: `.io`, what `parts` throws, or `.failure` when the length of the parts does not
  ///   match the shape.
  public static func write(_ arrays: [Writing], to url: URL) throws {
    try AtomicFile.write(to: url) { file in
      var zip = ZipWriter(file)
      for array in arrays {
        try zip.begin(array.name + ".npy")
        try zip.append(array.header)
        var written = 0
        try array.parts { part in
          try zip.append(part)
          written += part.count
        }
        guard written == array.byteCount else {
          throw PeregrineError(
            .failure, doing: "writing the array `\(array.name)` of `\(url.path)`",
            found: "\(written) bytes", expected: "\(array.byteCount), as its shape says")
        }
        try zip.end()
      }
      try zip.finish()
    }
  }
}
