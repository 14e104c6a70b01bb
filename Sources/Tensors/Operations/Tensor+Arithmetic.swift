import CTorch

/// Element-wise arithmetic. Shapes broadcast as in NumPy; when they cannot, the error names both.
/// Integers with a number become float32.
extension Tensor {
  /// Element-wise sum.
  public static func + (a: Tensor, b: Tensor) throws -> Tensor {
    try binary(CT_ADD, "adding", a, b)
  }
  /// Adds a number to every element.
  public static func + (a: Tensor, b: Double) throws -> Tensor {
    try binary(CT_ADD, "adding", a, b)
  }
  /// Adds a number to every element.
  public static func + (a: Double, b: Tensor) throws -> Tensor { try b + a }
  /// Element-wise difference.
  public static func - (a: Tensor, b: Tensor) throws -> Tensor {
    try binary(CT_SUBTRACT, "subtracting", a, b)
  }
  /// Subtracts a number from every element.
  public static func - (a: Tensor, b: Double) throws -> Tensor { try a + -b }
  /// A number minus every element.
  public static func - (a: Double, b: Tensor) throws -> Tensor { try -b + a }
  /// Element-wise product.
  public static func * (a: Tensor, b: Tensor) throws -> Tensor {
    try binary(CT_MULTIPLY, "multiplying", a, b)
  }
  /// Multiplies every element by a number.
  public static func * (a: Tensor, b: Double) throws -> Tensor {
    try binary(CT_MULTIPLY, "multiplying", a, b)
  }
  /// Multiplies every element by a number.
  public static func * (a: Double, b: Tensor) throws -> Tensor { try b * a }
  /// Element-wise quotient.
  public static func / (a: Tensor, b: Tensor) throws -> Tensor {
    try binary(CT_DIVIDE, "dividing", a, b)
  }
  /// Divides every element by a number.
  public static func / (a: Tensor, b: Double) throws -> Tensor {
    try binary(CT_DIVIDE, "dividing", a, b)
  }
  /// The negative of every element.
  public static prefix func - (a: Tensor) throws -> Tensor { try unary(CT_NEGATE, "negating", a) }

  /// Every element raised to `exponent`.
  public func power(_ exponent: Double) throws -> Tensor {
    try Tensor.binary(CT_POWER, "taking a power of", self, exponent)
  }
  /// The larger of the elements of two tensors.
  public func maximum(_ other: Tensor) throws -> Tensor {
    try Tensor.binary(CT_MAXIMUM, "taking the maximum of", self, other)
  }
  /// Every element, but at least `low` and at most `high`.
  public func clamped(_ low: Double = -.infinity, _ high: Double = .infinity) throws -> Tensor {
    let floored = low == -.infinity ? self : try Tensor.binary(CT_MAXIMUM, "clamping", self, low)
    return high == .infinity ? floored : try Tensor.binary(CT_MINIMUM, "clamping", floored, high)
  }

  /// eˣ of every element.
  public func exp() throws -> Tensor { try Tensor.unary(CT_EXP, "taking exp of", self) }
  /// The natural logarithm of every element.
  public func log() throws -> Tensor { try Tensor.unary(CT_LOG, "taking the logarithm of", self) }
  /// The square root of every element.
  public func squareRoot() throws -> Tensor {
    try Tensor.unary(CT_SQRT, "taking the root of", self)
  }
  /// The square of every element.
  public func squared() throws -> Tensor { try Tensor.unary(CT_SQUARE, "squaring", self) }
  /// The absolute value of every element.
  public func magnitude() throws -> Tensor { try Tensor.unary(CT_ABS, "taking |x| of", self) }
  /// The sine of every element.
  public func sin() throws -> Tensor { try Tensor.unary(CT_SIN, "taking the sine of", self) }
  /// The cosine of every element.
  public func cos() throws -> Tensor { try Tensor.unary(CT_COS, "taking the cosine of", self) }
  /// The hyperbolic tangent of every element.
  public func tanh() throws -> Tensor { try Tensor.unary(CT_TANH, "taking tanh of", self) }
  /// 1 / (1 + e⁻ˣ) of every element.
  public func sigmoid() throws -> Tensor { try Tensor.unary(CT_SIGMOID, "taking sigmoid of", self) }
  /// x · sigmoid(x) of every element.
  public func silu() throws -> Tensor { try Tensor.unary(CT_SILU, "taking SiLU of", self) }
  /// max(x, 0) of every element.
  public func relu() throws -> Tensor { try Tensor.unary(CT_RELU, "taking ReLU of", self) }
  /// ln(1 + eˣ) of every element.
  public func softplus() throws -> Tensor {
    try Tensor.unary(CT_SOFTPLUS, "taking softplus of", self)
  }
  /// GELU: the exact form with erf, or the tanh approximation that DiT and SiT use.
  public func gelu(approximate: Bool = false) throws -> Tensor {
    try Tensor.unary(approximate ? CT_GELU_TANH : CT_GELU, "taking GELU of", self)
  }
  /// Whether each element is neither NaN nor infinite; dtype bool.
  public func isFinite() throws -> Tensor { try Tensor.unary(CT_IS_FINITE, "checking", self) }
  /// The opposite of each truth value.
  public func logicalNot() throws -> Tensor { try Tensor.unary(CT_NOT, "negating", self) }

  /// Where the elements are equal; dtype bool.
  public func equals(_ other: Tensor) throws -> Tensor {
    try Tensor.binary(CT_EQUAL, "comparing", self, other)
  }
  /// Where the elements are smaller than `bound`; dtype bool.
  public func isLess(than bound: Double) throws -> Tensor {
    try Tensor.binary(CT_LESS, "comparing", self, bound)
  }
  /// Elements of `self` where `condition` is true, of `other` elsewhere.
  public func selected(where condition: Tensor, else other: Tensor) throws -> Tensor {
    try make("choosing between tensors", [condition, self, other]) {
      ct_where(condition.handle, handle, other.handle, $0, $1)
    }
  }

  private static func unary(_ operation: Int, _ doing: String, _ x: Tensor) throws -> Tensor {
    try make("\(doing) a tensor", [x]) { ct_unary(Int32(operation), x.handle, $0, $1) }
  }
  private static func binary(
    _ operation: Int, _ doing: String, _ a: Tensor, _ b: Tensor
  ) throws -> Tensor {
    try make("\(doing) two tensors", [a, b]) {
      ct_binary(Int32(operation), a.handle, b.handle, $0, $1)
    }
  }
  private static func binary(
    _ operation: Int, _ doing: String, _ a: Tensor, _ b: Double
  ) throws -> Tensor {
    try make("\(doing) a tensor and a number", [a]) {
      ct_binary_scalar(Int32(operation), a.handle, b, $0, $1)
    }
  }
}
