import Diagnostics
import Tensors
import TestSupport
import Testing

/// Every failure is a message that names what was tried and the shapes involved.
@Suite struct TensorErrorTests {
  struct Attempt: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let words: [String]
    let body: @Sendable () throws -> Void
    init(_ name: String, _ words: [String], _ body: @escaping @Sendable () throws -> Void) {
      testDescription = name
      self.words = words
      self.body = body
    }
  }

  static let attempts: [Attempt] = [
    Attempt("adding", ["adding", "[2, 3] float32", "[4] float32"]) {
      _ = try Tensor.zeros([2, 3]) + Tensor.zeros([4])
    },
    Attempt("matmul", ["multiplying matrices", "[2, 3]", "[4, 5]"]) {
      _ = try Tensor.zeros([2, 3]).matmul(.zeros([4, 5]))
    },
    Attempt("linear", ["linear layer", "[2, 3]", "[5, 4]"]) {
      _ = try Tensor.zeros([2, 3]).linear(.zeros([5, 4]), nil)
    },
    Attempt("dtypes of linear", ["linear layer", "float32", "bfloat16"]) {
      _ = try Tensor.zeros([2, 3]).linear(.zeros([5, 3], dtype: .bfloat16), nil)
    },
    Attempt("reshape", ["reshaping", "[4, 2]", "[2, 3]"]) {
      _ = try Tensor.zeros([2, 3]).reshaped([4, 2])
    },
    Attempt("copy", ["copying", "[2, 3]", "[3, 2]"]) {
      try Tensor.zeros([2, 3]).copy(from: .zeros([3, 2]))
    },
    Attempt("attention", ["attending", "[1, 2, 3, 4]", "[1, 2, 3, 5]"]) {
      _ = try Tensor.zeros([1, 2, 3, 4]).attention(
        keys: .zeros([1, 2, 3, 5]), values: .zeros([1, 2, 3, 5]), scale: 1)
    },
    Attempt("norm", ["normalising", "[2, 3]", "[4]"]) {
      _ = try Tensor.zeros([2, 3]).layerNorm(weight: .zeros([4]), bias: nil, epsilon: 1e-6)
    },
    Attempt("making", ["[2, 2]", "3 elements", "4"]) { _ = try Tensor([1, 2, 3], shape: [2, 2]) },
    Attempt("negative size", ["[-2, -2]", "4 elements"]) {
      _ = try Tensor([1, 2, 3, 4], shape: [-2, -2])
    },
    Attempt("size beyond numbers", ["1 elements"]) { _ = try Tensor([1], shape: [.max, 3]) },
    Attempt("item", ["one number", "[2, 3]"]) { _ = try Tensor.zeros([2, 3]).item() },
    Attempt("joining", ["joining", "[2, 3]", "[2, 4]"]) {
      _ = try Tensor.concatenated([.zeros([2, 3]), .zeros([2, 4])], dim: 0)
    },
    Attempt("slicing", ["slicing dimension 1", "[2, 3]", "2..<5"]) {
      _ = try Tensor.zeros([2, 3]).sliced(1, 2..<5)
    },
    Attempt("bytes", ["float32 tensor of shape [2]", "5 bytes"]) {
      _ = try [UInt8](repeating: 0, count: 5).withUnsafeBytes {
        try Tensor.uploading($0, shape: [2], dtype: .float32)
      }
    },
  ]

  @Test(arguments: attempts) func messagesNameWhatDoesNotFit(_ attempt: Attempt) {
    let error = #expect(throws: PeregrineError.self) { try attempt.body() }
    #expect(error?.code == .shapeMismatch)
    let message = error?.description ?? ""
    for word in attempt.words { #expect(message.contains(word), "\(word) in: \(message)") }
  }

  @Test func runningOutOfMemoryIsRecoverable() throws {
    let error = #expect(throws: PeregrineError.self) { try Tensor.zeros([1 << 24, 1 << 24]) }
    #expect(error?.code == .outOfMemory)
    #expect(error?.description.contains("[16777216, 16777216]") == true)
    let x = try Tensor.ones([1])
    let inner = #expect(throws: PeregrineError.self) { try x.expanded([1 << 50]) + 1 }
    #expect(inner?.code == .outOfMemory)
    // In our words, not in those of libtorch's allocator.
    #expect(inner?.found.contains("no room for 4.5 PB more in memory") == true)
    for message in [error, inner].compactMap({ $0?.description }) {
      #expect(message.contains("ulimit -v") && !message.contains("alloc"), "\(message)")
    }
    // A copy on the host does not fit either.
    let copy = #expect(throws: PeregrineError.self) {
      try x.expanded([1 << 50]).scalars(Float.self)
    }
    #expect(copy?.code == .outOfMemory)
    #expect(try (x + 1).item() == 2, "the process lives on")
  }

  @Test(arguments: ["gpu", "", "cpu:0", "cuda:", "cuda:-1", "cuda:x", "cuda:1:2"])
  func unknownDevicesAreUsageErrors(name: String) {
    let error = #expect(throws: PeregrineError.self) { try Device(named: name) }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("`\(name)`") == true)
    #expect(error?.description.contains("cuda:N") == true)
  }

  @Test func missingDevicesAreUnavailable() throws {
    let error = #expect(throws: PeregrineError.self) { try Device(named: "cuda:99") }
    #expect(error?.code == .unavailable)
    #expect(error?.advice.isEmpty == false)
    #expect(try Device(named: "cpu") == .cpu)
    #expect(try Device(named: "auto") == .automatic)
    try Device.cpu.synchronize()
  }
}
