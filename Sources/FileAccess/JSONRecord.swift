import Diagnostics
import Foundation

/// Reads records that are stored as JSON: nesting is bounded, then the text is decoded, then the
/// record checks itself. Every record is read here.
package enum JSONRecord {
  /// The deepest nesting of our own records is 6.
  private static let deepest = 64

  /// Reads a record.
  ///
  /// - Parameter decoder: for records with other keys or with NaN.
  /// - Throws: ``RecordFlaw``.
  package static func decode<Record: Decodable>(
    _ type: Record.Type = Record.self, from data: Data, by decoder: JSONDecoder = JSONDecoder()
  ) throws(RecordFlaw) -> Record {
    try checkNesting(of: data)
    let record: Record
    do {
      record = try decoder.decode(type, from: data)
    } catch let error as DecodingError {
      throw RecordFlaw(error)
    } catch let error as PeregrineError {
      throw RecordFlaw("", found: error.found, expected: error.expected)
    } catch let flaw as RecordFlaw {
      throw flaw
    } catch {
      throw RecordFlaw("", found: "text that is not JSON")
    }
    try (record as? any CheckedRecord)?.check()
    return record
  }

  /// Rejects text that is nested so deeply that reading it would exhaust the stack.
  package static func checkNesting(of data: Data) throws(RecordFlaw) {
    guard data.withUnsafeBytes({ depth(of: $0) }) <= deepest else {
      throw RecordFlaw(
        "", found: "lists nested more than \(deepest) deep", expected: "a record of Peregrine")
    }
  }

  /// The deepest nesting of lists and objects.
  private static func depth(of bytes: UnsafeRawBufferPointer) -> Int {
    var (depth, deepest) = (0, 0)
    var (isText, isEscaped) = (false, false)
    for byte in bytes {
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\"): isEscaped = isText
      case UInt8(ascii: "\""): isText.toggle()
      case _ where isText: break
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    return deepest
  }
}
