import DiffusionMath
import Foundation

/// The distribution of a parameter's initial value.
public enum Initializer: Sendable {
  case constant(Float)
  case normal(standardDeviation: Float)
  /// Uniform between the two numbers.
  case uniform(Float, Float)
  /// Uniform in ±√(6 / (fanIn + fanOut)): Glorot & Bengio 2010, eq. (16).
  case xavierUniform(fanIn: Int, fanOut: Int)
  /// Numbers whose softplus is log-uniform between two positive numbers.
  case softplusLogUniform(ClosedRange<Double>)
  /// A fixed table, such as sin-cos positions.
  case table([Float])

  /// Zeros.
  public static let zeros = Initializer.constant(0)
  /// Ones.
  public static let ones = Initializer.constant(1)

  /// Draws the elements of a tensor, in C order.
  public func draw(shape: [Int], _ stream: RandomStream) -> [Float] {
    let count = shape.reduce(1, *)
    var stream = stream
    switch self {
    case .constant(let value):
      return [Float](repeating: value, count: count)
    case .normal(let standardDeviation):
      return stream.normals(count).map { $0 * standardDeviation }
    case .uniform(let low, let high):
      return stream.uniforms(count).map { low + Float($0) * (high - low) }
    case .xavierUniform(let fanIn, let fanOut):
      let bound = (6 / Double(fanIn + fanOut)).squareRoot()
      return stream.uniforms(count).map { Float((2 * $0 - 1) * bound) }
    case .softplusLogUniform(let range):
      let (low, high) = (log(range.lowerBound), log(range.upperBound))
      // ln(eʸ − 1) is the inverse of softplus.
      return stream.uniforms(count).map { Float(log(expm1(exp(low + (high - low) * $0)))) }
    case .table(let values):
      precondition(values.count == count, "A table of \(values.count) does not fill \(shape).")
      return values
    }
  }
}
