import CTorch
import Diagnostics
import FileAccess

/// Calls a C function and throws an error for a bad status.
///
/// - Parameters:
///   - doing: what is being done, for the message.
///   - operands: tensors whose shapes the message should name.
func call(
  _ doing: @autoclosure () -> String, _ operands: [Tensor] = [],
  _ body: (UnsafeMutablePointer<ct_message>) -> ct_status
) throws {
  var message = ct_message()
  let status = body(&message)
  guard status != Int32(CT_OK) else { return }
  let text = withUnsafeBytes(of: &message) { bytes in
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
  let shapes = operands.map { "\($0.shape) \($0.dtype)" }.joined(separator: " and ")
  if status == Int32(CT_OUT_OF_MEMORY) {
    throw PeregrineError(
      .outOfMemory, doing: doing(),
      found: shapes.isEmpty ? missingRoom(text) : "\(shapes), and \(missingRoom(text))",
      advice: PeregrineError.withLessMemory)
  }
  throw PeregrineError(
    operands.isEmpty ? .failure : .shapeMismatch, doing: doing(),
    found: shapes.isEmpty ? text : "\(shapes) (\(text))")
}

/// What libtorch's message about missing memory says, in other words.
///
/// "…you tried to allocate 4096 bytes. Error code 12…" on a CPU, "CUDA out of memory. Tried to
/// allocate 2.00 GiB. GPU 0 has a total capacity of…" on a GPU.
private func missingRoom(_ text: String) -> String {
  let device = text.contains("CUDA") ? "the GPU's memory" : "memory"
  guard let asked = text.firstMatch(of: /[Tt]ried to allocate ([0-9.]+) ([A-Za-z]+)/) else {
    return "no more room in \(device)"
  }
  let size = Int(asked.1).map(Readable.bytes) ?? "\(asked.1) \(asked.2)"
  return "no room for \(size) more in \(device)"
}

/// Calls a C function and takes ownership of the tensor it returns.
func make(
  _ doing: @autoclosure () -> String, _ operands: [Tensor] = [],
  _ body: (UnsafeMutablePointer<ct_tensor?>, UnsafeMutablePointer<ct_message>) -> ct_status
) throws -> Tensor {
  var handle: ct_tensor?
  try call(doing(), operands) { body(&handle, $0) }
  guard let handle else {
    throw PeregrineError(.failure, doing: doing(), found: "no tensor", expected: "one")
  }
  return Tensor(owning: handle)
}

extension Array where Element == Int {
  /// The product of the sizes, or `nil` if one is negative or the product of those above 0 overflows
  /// `Int`, so that strides would, too.
  public var elementCount: Int? {
    var product = 1
    for size in self where size != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if size < 0 || overflow { return nil }
      product = next
    }
    return contains(0) ? 0 : product
  }

  /// Runs `body` with the numbers as the C functions expect them.
  func withSizes<Result>(_ body: (UnsafePointer<Int64>?, Int32) throws -> Result) rethrows -> Result
  {
    let sizes = map(Int64.init)
    return try sizes.withUnsafeBufferPointer { try body($0.baseAddress, Int32(count)) }
  }
}

extension Array where Element == Tensor {
  /// Runs `body` with the handles as the C functions expect them. The tensors stay alive during the
  /// call.
  func withHandles<Result>(
    _ body: (UnsafePointer<ct_tensor?>?, Int32) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) {
      let handles: [ct_tensor?] = map(\.handle)
      return try handles.withUnsafeBufferPointer { try body($0.baseAddress, Int32(count)) }
    }
  }
}
