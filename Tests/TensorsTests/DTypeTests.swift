import Tensors
import TestSupport
import Testing

@Suite struct DTypeTests {
  @Test(arguments: DType.allCases, DType.allCases)
  func smallIntegersSurviveEveryConversion(from: DType, to: DType) throws {
    let values: [Double] = from == .bool || to == .bool ? [0, 1, 1] : [0, 1, 100]
    let x = try Tensor(values, shape: [3], dtype: from)
    #expect(x.dtype == from)
    #expect(try x.bytes().count == 3 * from.byteCount)
    let converted = try x.to(to)
    #expect(converted.dtype == to)
    #expect(try converted.scalars(Double.self) == values)
  }

  /// bfloat16 is the upper half of float32, rounded to nearest, ties to even.
  @Test func bfloat16RoundsToNearestEven() throws {
    let values: [Float] = [1, -2.5, 3.14159, 1e-3, 65_504, 1e30, 1.00390625, 1.01171875, -0.0]
    let expected = values.map { value in
      let bits = value.bitPattern
      return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
    }
    let x = try Tensor(values, shape: [values.count], dtype: .bfloat16)
    #expect(try x.scalars(Float.self).map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(try x.to(.float32).to(.bfloat16).bytes() == x.bytes(), "the way back loses nothing")
  }

  @Test func specialNumbersSurvive() throws {
    for dtype in [DType.float64, .bfloat16, .float16] {
      let x = try Tensor([Float.infinity, -.infinity, .nan], shape: [3]).to(dtype)
      let back = try x.scalars(Float.self)
      #expect(back[0] == .infinity && back[1] == -.infinity && back[2].isNaN)
    }
  }

  @Test func integersTruncateTowardZero() throws {
    let x = try Tensor([1.9, -1.9, 0.5], shape: [3])
    #expect(try x.scalars(Int64.self) == [1, -1, 0])
  }

  @Test func everyScalarTypeRoundTrips() throws {
    #expect(try Tensor([1.5, -2.0], shape: [2]).scalars(Double.self) == [1.5, -2])
    #expect(try Tensor([Float(1.5)], shape: [1]).scalars(Float.self) == [1.5])
    #expect(try Tensor([Int64.max, .min], shape: [2]).scalars(Int64.self) == [.max, .min])
    #expect(try Tensor([UInt8(0), 255], shape: [2]).scalars(UInt8.self) == [0, 255])
    #expect(try Tensor([true, false], shape: [2]).scalars(Bool.self) == [true, false])
  }

  @Test func floatingPointIsWhatHasGradients() throws {
    for dtype in DType.allCases {
      let x = try Tensor.zeros([1], dtype: dtype)
      #expect(dtype.isFloatingPoint == ((try? x.setRequiresGradient()) != nil))
    }
  }
}
