import FileFormats
import Foundation
import Testing

@Suite struct FileKindTests {
  @Test(
    arguments: [
      ([], .empty), ([0, 0, 0, 0], .zeros), (Array("PK\u{3}\u{4}rest".utf8), .zip),
      ([0x1F, 0x8B, 8, 0], .gzip), ([UInt8](repeating: 32, count: 257) + Array("ustar".utf8), .tar),
      ([0x80, 2] + Array("}q.".utf8), .pickle), (Array("GGUF\u{3}".utf8), .gguf),
      ([0x89] + Array("HDF\r\n".utf8), .hdf5), ([8, 7, 0x12, 7] + Array("pytorch".utf8), .onnx),
      (Array("\n<!DOCTYPE html><title>404</title>".utf8), .html),
      (Array("version https://git-lfs.github.com/spec/v1\noid sha256:1\n".utf8), .lfsPointer),
      (Array("{\"message\": \"Not Found\"}".utf8), .json), (Array("not found\n".utf8), .text),
      ([0x93] + Array("NUMPY".utf8), .npy), ([0x89] + Array("PNG\r\n".utf8), .png),
      ([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), .safetensors),
      // A header of 19,280 bytes: the length reads "PK".
      ([0x50, 0x4B, 0, 0, 0, 0, 0, 0] + Array("{\"a\"".utf8), .safetensors),
      ([0x81, 0x17, 0xFE, 0x03, 0x99], .unknown),
    ] as [([UInt8], FileKind)])
  func isRecognised(bytes: [UInt8], kind: FileKind) {
    #expect(FileKind(of: Data(bytes)) == kind)
  }

  /// A letter of two bytes lies across the end of the part that is looked at.
  @Test func longTextsAreTexts() {
    #expect(FileKind(of: Data((String(repeating: "a", count: 511) + "üü").utf8)) == .text)
  }
}
