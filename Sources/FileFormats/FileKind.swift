import Foundation

/// What a file looks like, judged by its first bytes: for choosing a reader, and for messages about
/// files of another kind than expected.
package enum FileKind: String, CaseIterable, Sendable {
  case empty, zeros, safetensors, zip, legacyTorch, pickle, npy, gguf, hdf5, onnx, tensorFlowLite
  case gzip, bzip2, xz, zstandard, sevenZip, rar, tar, png, jpeg, gif, pdf, program
  case lfsPointer, html, xml, json, text, unknown

  /// Files that start with fixed bytes.
  private static let signatures: [(kind: FileKind, offset: Int, bytes: [UInt8])] = [
    (.zip, 0, Array("PK\u{3}\u{4}".utf8)), (.zip, 0, Array("PK\u{5}\u{6}".utf8)),
    (.npy, 0, [0x93] + Array("NUMPY".utf8)), (.gguf, 0, Array("GGUF".utf8)),
    (.hdf5, 0, [0x89] + Array("HDF\r\n".utf8)), (.tensorFlowLite, 4, Array("TFL3".utf8)),
    (.gzip, 0, [0x1F, 0x8B]), (.bzip2, 0, Array("BZh".utf8)),
    (.xz, 0, [0xFD] + Array("7zXZ".utf8)), (.zstandard, 0, [0x28, 0xB5, 0x2F, 0xFD]),
    (.sevenZip, 0, Array("7z".utf8) + [0xBC, 0xAF]), (.rar, 0, Array("Rar!".utf8)),
    (.tar, 257, Array("ustar".utf8)), (.png, 0, [0x89] + Array("PNG".utf8)),
    (.jpeg, 0, [0xFF, 0xD8, 0xFF]), (.gif, 0, Array("GIF8".utf8)), (.pdf, 0, Array("%PDF".utf8)),
    (.program, 0, [0x7F] + Array("ELF".utf8)),
    (.lfsPointer, 0, Array("version https://git-lfs".utf8)),
  ]
  /// The number that PyTorch before 1.6 writes first, as it appears in a pickle.
  private static let torchMagic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  /// Judges a file by its content.
  package init(of data: Data) {
    let start = [UInt8](data.prefix(512))
    func has(_ bytes: [UInt8], at offset: Int) -> Bool {
      start.count >= offset + bytes.count && Array(start[offset..<offset + bytes.count]) == bytes
    }
    if start.isEmpty {
      self = .empty
    } else if start.count > 8, start[4..<8].allSatisfy({ $0 == 0 }), start[8] == UInt8(ascii: "{") {
      self = .safetensors
    } else if let known = Self.signatures.first(where: { has($0.bytes, at: $0.offset) }) {
      self = known.kind
    } else if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      let head = Data(start.prefix(32))
      self = head.range(of: Data(Self.torchMagic)) == nil ? .pickle : .legacyTorch
    } else if start.count > 2, start[0] == 8, (1...30).contains(start[1]), start[2] == 0x12 {
      self = .onnx  // a protocol buffer: the version of the format, then the name of its producer
    } else if start.allSatisfy({ $0 == 0 }) {
      self = .zeros
    } else {
      self = Self.textKind(start)
    }
  }

  /// The kind of a text, or `unknown` for anything else.
  private static func textKind(_ start: [UInt8]) -> FileKind {
    // The last character may be cut off.
    let whole =
      start.count < 512 ? start : start.dropLast(start.reversed().prefix { $0 >= 0x80 }.count)
    guard let text = String(validating: whole, as: UTF8.self),
      !text.unicodeScalars.contains(where: {
        $0.value < 32 && !"\t\n\r\u{c}".unicodeScalars.contains($0)
      })
    else { return .unknown }
    let words = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if ["<!doctype html", "<html", "<head"].contains(where: words.hasPrefix) { return .html }
    if words.hasPrefix("<") { return .xml }
    return words.hasPrefix("{") || words.hasPrefix("[") ? .json : .text
  }

  /// How messages call such a file.
  package var description: String {
    switch self {
    case .empty: "an empty file"
    case .zeros: "a file that starts with zeros only"
    case .safetensors: "a safetensors file"
    case .zip: "a zip file"
    case .legacyTorch: "a PyTorch file in the format before 1.6"
    case .pickle: "a Python pickle that torch.save did not write"
    case .npy: "a NumPy array (.npy)"
    case .gguf: "a GGUF file of llama.cpp"
    case .hdf5: "an HDF5 file, such as Keras writes"
    case .onnx: "an ONNX model"
    case .tensorFlowLite: "a TensorFlow Lite model"
    case .gzip: "a file compressed with gzip"
    case .bzip2: "a file compressed with bzip2"
    case .xz: "a file compressed with xz"
    case .zstandard: "a file compressed with Zstandard"
    case .sevenZip: "a 7z archive"
    case .rar: "a RAR archive"
    case .tar: "a tar archive"
    case .png: "a PNG picture"
    case .jpeg: "a JPEG picture"
    case .gif: "a GIF picture"
    case .pdf: "a PDF document"
    case .program: "a program or a compiled library"
    case .lfsPointer: "a Git LFS pointer instead of the file that it stands for"
    case .html: "an HTML page"
    case .xml: "an XML text"
    case .json: "a JSON text"
    case .text: "a text"
    case .unknown: "a file of an unknown kind"
    }
  }

  /// How to get the expected file from such a file.
  package var advice: String {
    switch self {
    case .empty, .zeros: "The download was incomplete; fetch the file again."
    case .html, .xml:
      "The address of the download led to a page, perhaps of an error or a login; fetch the file itself."
    case .lfsPointer: "Run `git lfs pull` in the clone it came from, or download the file itself."
    case .gzip, .bzip2, .xz, .zstandard, .sevenZip, .rar, .tar:
      "Unpack it and name the file inside."
    default: "Check the path, or convert the file."
    }
  }
}
