import Tensors

/// An array of numbers in plain Swift: the slow reference for tensor operations.
public struct PlainArray: Equatable, Sendable {
  /// The sizes, outermost first.
  public let shape: [Int]
  /// The elements in C order.
  public let values: [Double]

  /// Creates an array from its elements.
  public init(_ values: [Double], _ shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values do not fill \(shape)")
    self.shape = shape
    self.values = values
  }

  /// Creates an array with elements computed from their indices.
  public init(_ shape: [Int], _ element: ([Int]) -> Double) {
    self.init(Self.indices(shape).map(element), shape)
  }

  /// Copies a tensor's elements.
  public init(_ tensor: Tensor) throws {
    self.init(try tensor.detached().scalars(Double.self), tensor.shape)
  }

  /// Distinct example numbers of both signs, none of them round.
  public static func example(_ shape: [Int], phase: Double = 0) -> PlainArray {
    var state = 0.37 + phase
    return PlainArray(shape) { _ in
      state = (state + 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
      return 4 * state - 2
    }
  }

  /// The element at an index; missing leading dimensions and dimensions of size 1 broadcast.
  public subscript(_ index: [Int]) -> Double {
    let own = index.suffix(shape.count)
    let flat = zip(own, shape).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : $1.0) }
    return values[flat]
  }

  /// Converts the array to a tensor.
  public func tensor(_ dtype: DType = .float64) throws -> Tensor {
    try Tensor(values, shape: shape, dtype: dtype)
  }

  /// The largest difference of two elements; infinite if the shapes differ.
  public func distance(to other: PlainArray) -> Double {
    guard shape == other.shape else { return .infinity }
    return zip(values, other.values).map { $0 == $1 ? 0 : abs($0 - $1) }
      .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
  }

  /// All indices of a shape, in C order.
  public static func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { heads, size in heads.flatMap { head in (0..<size).map { head + [$0] } } }
  }
}
