import Diagnostics
import FileAccess
import Foundation
import Pictures

extension NPYFile {
  /// The bytes of an `.npy` file that holds `values` as float16, float32 or float64.
  ///
  /// The shape must hold as many elements as there are values.
  public static func encoded(
    _ values: [Float], shape: [Int], element: Element = .float32
  ) -> Data {
    precondition(!element.isInteger, "Floats are not written as \(element).")
    switch element {
    case .float16: return file(values.map { Float16($0) }, shape, element)
    case .float64: return file(values.map { Double($0) }, shape, element)
    default: return file(values, shape, .float32)
    }
  }

  /// The bytes of an `.npy` file that holds `values` as int32 or, when one does not fit, int64.
  public static func encoded(_ values: [Int], shape: [Int]) -> Data {
    let small = values.compactMap { Int32(exactly: $0) }
    return small.count == values.count
      ? file(small, shape, .int32) : file(values.map { Int64($0) }, shape, .int64)
  }

  /// The bytes of an `.npy` file that holds unsigned bytes, such as pictures.
  public static func encoded(_ bytes: [UInt8], shape: [Int]) -> Data {
    file(bytes, shape, .uint8)
  }

  /// Writes a file made by one of the `encoded` functions, either completely or not at all.
  ///
  /// - Throws: `.io`, naming the file.
  public static func write(_ encoded: Data, to url: URL) throws {
    try AtomicFile.write(encoded, to: url)
  }

  private static func file<Raw: BitwiseCopyable>(
    _ values: [Raw], _ shape: [Int], _ element: Element
  ) -> Data {
    precondition(
      shape.reduce(1, *) == values.count, "The shape \(shape) does not hold \(values.count) values."
    )
    return NPYHeader.encoded(shape: shape, element: element) + values.withUnsafeBytes { Data($0) }
  }
}
