import Diagnostics
import Foundation

/// How a PyTorch file is laid out: where its pickle is, and where the storages that it refers to.
protocol TorchFileLayout {
  /// The pickle, read to its end.
  var pickle: Pickle { get }
  /// The place of the saved object among the pickle's values.
  var root: Int { get }
  /// The bytes of the pickle.
  var pickleSize: Int { get }
  /// The bytes of the file, unpacked.
  var byteCount: Int { get }
  /// The numbers of a storage, checked as far as the layout allows.
  func bytes(of storage: PickledStorage) throws -> Data
}

extension TorchFileLayout {
  /// The error for files from processors with the other byte order.
  static var bigEndian: PeregrineError {
    PeregrineError(
      .badData, doing: "checking its byte order", found: "big-endian numbers",
      expected: "little-endian ones", advice: "Save the file again on a little-endian machine.")
  }
}
