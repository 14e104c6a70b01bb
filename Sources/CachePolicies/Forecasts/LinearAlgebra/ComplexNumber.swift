import Foundation

/// A complex number.
struct ComplexNumber: Equatable {
  var real: Double
  var imaginary: Double

  init(_ real: Double, _ imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  var conjugate: ComplexNumber { ComplexNumber(real, -imaginary) }
  var magnitude: Double { hypot(real, imaginary) }

  /// The principal value of the power, `|z|ᵖ·exp(i·p·arg z)` with the argument in −π...π.
  func power(_ exponent: Double) -> ComplexNumber {
    let (length, angle) = (pow(magnitude, exponent), exponent * atan2(imaginary, real))
    return ComplexNumber(length * cos(angle), length * sin(angle))
  }

  static func + (left: Self, right: Self) -> Self {
    Self(left.real + right.real, left.imaginary + right.imaginary)
  }
  static func - (left: Self, right: Self) -> Self {
    Self(left.real - right.real, left.imaginary - right.imaginary)
  }
  static func * (left: Self, right: Self) -> Self {
    Self(
      left.real * right.real - left.imaginary * right.imaginary,
      left.real * right.imaginary + left.imaginary * right.real)
  }
  static func * (left: Double, right: Self) -> Self {
    Self(left * right.real, left * right.imaginary)
  }
  static func / (left: Self, right: Self) -> Self {
    let scale = 1 / right.magnitude
    return scale * (left * (scale * right.conjugate))
  }
}
