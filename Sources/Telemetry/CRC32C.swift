import Foundation

/// The CRC-32C (Castagnoli) checksum of TFRecord files.
///
/// - Source: RFC 3720, appendix B.4: "123456789" gives 0xE3069283.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
    }
  }

  static func checksum(_ data: Data) -> UInt32 {
    ~data.reduce(~UInt32(0)) { crc, byte in
      (crc >> 8) ^ table[Int((crc ^ UInt32(byte)) & 0xFF)]
    }
  }

  /// The checksum as TFRecord stores it: rotated and offset, so that checksums stay reliable for
  /// data that contains checksums (tensorflow/core/lib/hash/crc32c.h).
  static func masked(_ data: Data) -> UInt32 {
    let crc = checksum(data)
    return ((crc >> 15) | (crc << 17)) &+ 0xA282_EAD8
  }
}
