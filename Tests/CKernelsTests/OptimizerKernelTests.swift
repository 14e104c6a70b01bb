import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct OptimizerKernels {
    /// Three steps against the formulas in float64; counts around a vector's sixteen values.
    @Test(arguments: [1, 15, 16, 17, 100], [true, false])
    func adamWAndItsAverage(count: Int, isAveraged: Bool) {
      let (rate, beta1, beta2, decay, epsilon, follow) = (1e-2, 0.9, 0.95, 0.1, 1e-8, 0.3)
      withEachInstructionSet { isa in
        var data = KernelData("adamw")
        var value = data.floats(count)
        var (first, second) = (
          [Float](repeating: 0, count: count), [Float](repeating: 0, count: count)
        )
        var average = value
        var exact = value.map { (value: Double($0), first: 0.0, second: 0.0, average: Double($0)) }
        for step in 1...3 {
          let gradient = data.floats(count)
          let corrections = (1 - pow(beta1, Double(step)), 1 - pow(beta2, Double(step)))
          var numbers = ck_adamw(
            rate: Float(rate / corrections.0), second_scale: Float(1 / corrections.1.squareRoot()),
            first_rate: Float(1 - beta1), second_rate: Float(1 - beta2),
            keep: Float(1 - rate * decay), epsilon: Float(epsilon), average_rate: Float(follow))
          gradient.withUnsafeBufferPointer { gradient in
            value.withUnsafeMutableBufferPointer { value in
              first.withUnsafeMutableBufferPointer { first in
                second.withUnsafeMutableBufferPointer { second in
                  average.withUnsafeMutableBufferPointer { average in
                    var state = ck_adamw_state(
                      gradient: gradient.baseAddress, value: value.baseAddress,
                      first: first.baseAddress, second: second.baseAddress,
                      average: isAveraged ? average.baseAddress : nil)
                    ck_adamw_step(&numbers, 0, Int64(count), &state)
                  }
                }
              }
            }
          }
          for at in 0..<count {
            let g = Double(gradient[at])
            exact[at].first = beta1 * exact[at].first + (1 - beta1) * g
            exact[at].second = beta2 * exact[at].second + (1 - beta2) * g * g
            exact[at].value *= 1 - rate * decay
            exact[at].value -=
              rate * exact[at].first / corrections.0
              / ((exact[at].second / corrections.1).squareRoot() + epsilon)
            if isAveraged { exact[at].average += follow * (exact[at].value - exact[at].average) }
          }
        }
        #expect(worst(value, exact.map(\.value)) < 1e-6, "\(isa)")
        #expect(worst(first, exact.map(\.first)) < 1e-6)
        #expect(worst(second, exact.map(\.second)) < 1e-6)
        #expect(worst(average, exact.map(\.average)) < 1e-6)
      }
    }

    /// Rows of a weight, packed some at a time, fill both forms as the whole weight does.
    @Test(arguments: [(32, 32), (64, 96), (160, 64), (224, 160)])
    func packingByRows(outputs: Int, inputs: Int) {
      var data = KernelData("rows")
      let weight = data.floats(outputs * inputs)
      let (n, k) = (Int64(outputs), Int64(inputs))
      withEachInstructionSet { isa in
        var whole = [
          [ck_bfloat16](repeating: 1, count: Int(ck_packed_count(k, n))),
          [ck_bfloat16](repeating: 1, count: Int(ck_packed_count(n, k))),
        ]
        ck_pack_float(weight, k, n, 1, k, &whole[0])
        ck_pack_float(weight, n, k, k, 1, &whole[1])
        var forward = [ck_bfloat16](repeating: 2, count: whole[0].count)
        var backward = [ck_bfloat16](repeating: 2, count: whole[1].count)
        for begin in stride(from: Int64(0), to: n, by: Int(CK_PANEL)).reversed() {
          ck_pack_rows(weight, n, k, begin, min(begin + Int64(CK_PANEL), n), &forward, &backward)
        }
        #expect(forward == whole[0] && backward == whole[1], "\(isa)")
      }
    }
  }
}
