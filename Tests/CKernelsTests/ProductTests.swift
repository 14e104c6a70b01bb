import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Products {
    /// Rows, inner size and columns: 1, odd, and around the sizes of a tile, a vector and a panel.
    static let sizes = [
      (1, 32, 1), (5, 32, 15), (6, 64, 16), (7, 64, 17), (13, 96, 63), (96, 32, 64), (97, 128, 65),
      (200, 384, 130),
    ]

    @Test(arguments: sizes) func productWithWhatFollows(rows: Int, inner: Int, columns: Int) {
      var data = KernelData("product")
      let left = data.narrow(rows * (inner + 3))
      let weight = data.floats(columns * inner, scale: 0.2)
      let bias = data.floats(columns)
      let exact = (0..<rows * columns).map { at in
        (0..<inner).reduce(Double(bias[at % columns])) { sum, k in
          sum + Double(widened(left[at / columns * (inner + 3) + k]))
            * Double(widened(narrowed(weight[at % columns * inner + k])))
        }
      }
      withEachInstructionSet { isa in
        var packed = [ck_bfloat16](
          repeating: 0, count: Int(ck_packed_count(Int64(inner), Int64(columns))))
        ck_pack_float(weight, Int64(inner), Int64(columns), 1, Int64(inner), &packed)
        var before = [ck_bfloat16](repeating: 0, count: rows * columns)
        var (wide, narrow) = ([Float](repeating: 0, count: rows * columns), before)
        bias.withUnsafeBufferPointer { bias in
          before.withUnsafeMutableBufferPointer { before in
            wide.withUnsafeMutableBufferPointer { wide in
              narrow.withUnsafeMutableBufferPointer { narrow in
                var epilogue = ck_epilogue(
                  bias: bias.baseAddress, before: before.baseAddress, gelu: true,
                  result: wide.baseAddress, narrow_result: narrow.baseAddress)
                ck_multiply(
                  left, Int64(inner + 3), packed, Int64(rows), Int64(inner), Int64(columns),
                  &epilogue)
              }
            }
          }
        }
        // Sums of a few hundred products in float32; bfloat16 keeps eight bits.
        #expect(worst(wide, exact.map(gelu)) < 3e-5, "\(isa)")
        for at in exact.indices {
          #expect(abs(Double(widened(before[at])) - exact[at]) <= abs(exact[at]) / 256 + 1e-5)
          #expect(narrow[at] == narrowed(wide[at]))
        }
      }
    }

    /// A matrix and its transpose, packed from float32 and bfloat16, fill panels with the same values.
    @Test(arguments: [(2, 1), (32, 16), (34, 63), (96, 64), (64, 65), (384, 130), (100, 200)])
    func panels(inner: Int, columns: Int) {
      var data = KernelData("panels")
      let matrix = data.floats(inner * columns)
      let narrow = matrix.map(narrowed)
      let transposed = (0..<columns * inner).map { matrix[$0 % inner * columns + $0 / inner] }
      let count = Int(ck_packed_count(Int64(inner), Int64(columns)))
      let expected = (0..<count).map { at -> ck_bfloat16 in
        let (panel, inPanel) = (at / (64 * inner), at % (64 * inner))
        let (row, column) = (inPanel / 128 * 2 + inPanel % 2, panel * 64 + inPanel % 128 / 2)
        return column < columns ? narrow[row * columns + column] : 0
      }
      let (rows, width) = (Int64(inner), Int64(columns))
      withEachInstructionSet { _ in
        var packed = [ck_bfloat16](repeating: 1, count: count)
        ck_pack_float(matrix, rows, width, width, 1, &packed)
        #expect(packed == expected)
        packed = [ck_bfloat16](repeating: 1, count: count)
        ck_pack_float(transposed, rows, width, 1, rows, &packed)
        #expect(packed == expected)
        // Fewer rows than asked for: the rest is zero.
        packed = [ck_bfloat16](repeating: 1, count: count)
        ck_pack(narrow, rows - 1, rows, width, width, 1, &packed)
        #expect(
          packed.indices.allSatisfy {
            packed[$0] == ($0 % (64 * inner) / 128 * 2 + $0 % 2 == inner - 1 ? 0 : expected[$0])
          })
        var turned = [ck_bfloat16](repeating: 1, count: columns * (inner + 5))
        ck_transpose(narrow, rows, width, &turned, rows + 5)
        #expect(
          turned.indices.allSatisfy {
            let (column, row) = ($0 / (inner + 5), $0 % (inner + 5))
            return turned[$0] == (row < inner ? narrow[row * columns + column] : 1)
          })
      }
    }

    /// However loops are cut into parts, the bits are the same.
    @Test func partsOfLoopsDoNotMatter() {
      var data = KernelData("parts")
      let (rows, inner, columns) = (150, 64, 200)
      let left = data.narrow(rows * inner)
      let weight = data.floats(columns * inner)
      func product() -> [Float] {
        var packed = [ck_bfloat16](
          repeating: 0, count: Int(ck_packed_count(Int64(inner), Int64(columns))))
        ck_pack_float(weight, Int64(inner), Int64(columns), 1, Int64(inner), &packed)
        var result = [Float](repeating: 0, count: rows * columns)
        result.withUnsafeMutableBufferPointer { result in
          var epilogue = ck_epilogue(
            bias: nil, before: nil, gelu: false, result: result.baseAddress, narrow_result: nil)
          ck_multiply(
            left, Int64(inner), packed, Int64(rows), Int64(inner), Int64(columns), &epilogue)
        }
        return result
      }
      ck_set_parallel_for(nil)
      let whole = product()
      ck_set_parallel_for { count, body, context in
        for index in (0..<count).reversed() { body?(context, index, index + 1) }
      }
      #expect(product() == whole)
      ck_set_parallel_for(nil)
    }

    @Test func gatesOfWhatIsNotANumber() {
      let nan = narrowed(.infinity) | 1
      let both =
        [ck_bfloat16](repeating: nan, count: 32) + [ck_bfloat16](repeating: narrowed(1), count: 32)
      withEachInstructionSet { isa in
        var (result, slope) = (both, both)
        ck_swiglu_forward(1, 32, both, &result)
        ck_gelu_backward(32, both, Array(both[32...]), &slope)
        #expect(result[..<32].allSatisfy { widened($0).isNaN }, "\(isa)")
        #expect(slope[..<32].allSatisfy { widened($0).isNaN }, "\(isa)")
      }
    }

    @Test(arguments: [1, 16, 37]) func swigluAndItsGradients(hidden: Int) {
      var data = KernelData("swiglu")
      let rows = 3
      let both = data.narrow(rows * 2 * hidden, scale: 2)
      let gradient = data.narrow(rows * hidden)
      withEachInstructionSet { isa in
        var result = [ck_bfloat16](repeating: 0, count: rows * hidden)
        var byBoth = [ck_bfloat16](repeating: 0, count: both.count)
        ck_swiglu_forward(Int64(rows), Int64(hidden), both, &result)
        ck_swiglu_backward(Int64(rows), Int64(hidden), both, gradient, &byBoth)
        func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
        for at in result.indices {
          let place = at / hidden * 2 * hidden + at % hidden
          let gate = Double(widened(both[place]))
          let value = Double(widened(both[place + hidden]))
          let g = Double(widened(gradient[at]))
          let slope = (silu(gate + 1e-5) - silu(gate - 1e-5)) / 2e-5
          for (ours, expected) in [
            (result[at], silu(gate) * value), (byBoth[place], g * value * slope),
            (byBoth[place + hidden], g * silu(gate)),
          ] {
            #expect(abs(Double(widened(ours)) - expected) <= abs(expected) / 200 + 1e-6, "\(isa)")
          }
        }
      }
    }

    @Test func geluAndItsSlope() {
      var data = KernelData("gelu")
      let values = (data.floats(4_099, scale: 3) + [-30, 30, 0]).map(narrowed)
      let gradient = data.narrow(values.count)
      withEachInstructionSet { isa in
        var result = [ck_bfloat16](repeating: 0, count: values.count)
        ck_gelu_backward(Int64(values.count), values, gradient, &result)
        for at in values.indices {
          let x = Double(widened(values[at]))
          let slope = (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5
          let expected = Double(widened(gradient[at])) * slope
          #expect(
            abs(Double(widened(result[at])) - expected) <= abs(expected) / 200 + 1e-5, "\(isa)")
        }
      }
    }
  }
}

/// GELU in its tanh form.
func gelu(_ x: Double) -> Double {
  x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
}
