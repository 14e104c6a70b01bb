import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Norms {
    /// One item's modulated norm, in float64.
    struct Reference {
      var rows, gain, shift, scale: [Double]
      let width: Int
      let isRMS: Bool

      func callAsFunction() -> [Double] {
        let tokens = rows.count / width
        return (0..<tokens).flatMap { token in
          let row = rows[token * width..<(token + 1) * width]
          let mean = isRMS ? 0 : row.reduce(0, +) / Double(width)
          let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
          return row.enumerated().map { j, value in
            (value - mean) / (variance + 1e-6).squareRoot() * gain[j] * (1 + scale[j]) + shift[j]
          }
        }
      }

      /// The sum of the results, weighted: what finite differences differentiate.
      func sum(_ weights: [Double]) -> Double {
        zip(self(), weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }

    @Test(arguments: [1, 15, 16, 33, 100], [false, true])
    func modulatedNormAndItsGradients(width: Int, isRMS: Bool) {
      let (tokens, items) = (3, 2)
      var data = KernelData("norm")
      let rows = data.floats(items * tokens * width, scale: 2)
      let (gain, shift) = (data.floats(width), data.floats(items * width))
      let (scale, gradient) = (data.floats(items * width), data.narrow(rows.count))
      let wide = { (list: ArraySlice<Float>) in list.map(Double.init) }
      let references = (0..<items).map { item in
        let span = item * width..<(item + 1) * width
        return Reference(
          rows: wide(rows[item * tokens * width..<(item + 1) * tokens * width]),
          gain: wide(gain[...]), shift: wide(shift[span]), scale: wide(scale[span]), width: width,
          isRMS: isRMS)
      }
      withEachInstructionSet { isa in
        var result = [ck_bfloat16](repeating: 0, count: rows.count)
        var (means, inverses) = (
          [Float](repeating: 0, count: items * tokens), [Float](repeating: 0, count: items * tokens)
        )
        // The row's gradient is added to what is there.
        var byRow = [Float](repeating: 1, count: rows.count)
        var (byGain, byShift, byScale) = (shift, shift, shift)
        gain.withUnsafeBufferPointer { gain in
          shift.withUnsafeBufferPointer { shift in
            scale.withUnsafeBufferPointer { scale in
              var norm = ck_norm(
                rows: Int64(items * tokens), width: Int64(width), tokens: Int64(tokens),
                epsilon: 1e-6, is_rms: isRMS, gain: gain.baseAddress, shift: shift.baseAddress,
                scale: scale.baseAddress)
              ck_norm_forward(&norm, rows, &result, &means, &inverses)
              ck_norm_backward(
                &norm, rows, means, inverses, gradient, &byRow, &byGain, &byShift, &byScale)
            }
          }
        }
        for (item, reference) in references.enumerated() {
          let at = item * tokens * width
          for (offset, expected) in reference().enumerated() {
            let value = Double(widened(result[at + offset]))
            #expect(abs(value - expected) <= abs(expected) / 200 + 1e-4, "\(isa)")
          }
          let weights = gradient[at..<at + tokens * width].map { Double(widened($0)) }
          func check(_ ours: Float, _ path: WritableKeyPath<Reference, [Double]>, _ index: Int) {
            var (up, down) = (reference, reference)
            up[keyPath: path][index] += 1e-5
            down[keyPath: path][index] -= 1e-5
            let expected = (up.sum(weights) - down.sum(weights)) / 2e-5
            #expect(abs(Double(ours) - expected) < 2e-4 * max(1, abs(expected)), "\(isa) \(path)")
          }
          // A row of one value is its own mean: its deviation is epsilon's, and differences see nothing.
          guard width > 1 || isRMS else { continue }
          for index in 0..<tokens * width { check(byRow[at + index] - 1, \.rows, index) }
          for index in 0..<width {
            check(byGain[item * width + index], \.gain, index)
            check(byShift[item * width + index], \.shift, index)
            check(byScale[item * width + index], \.scale, index)
          }
        }
      }
    }

    @Test(arguments: [1, 16, 47]) func gatesAndSums(width: Int) {
      let (tokens, items) = (3, 2)
      let count = items * tokens
      var data = KernelData("gates")
      let (rows, gate) = (data.floats(count * width), data.floats(items * width))
      let (values, gradient) = (data.narrow(count * width), data.floats(count * width))
      withEachInstructionSet { isa in
        var result = rows
        ck_gate_forward(Int64(count), Int64(width), Int64(tokens), rows, gate, values, &result)
        var byValue = values
        var (byGate, sums) = (gate, [Float](repeating: 9, count: width))
        ck_gate_backward(
          Int64(count), Int64(width), Int64(tokens), gradient, gate, values, &byValue, &byGate)
        ck_column_sums(values, Int64(count), Int64(width), &sums)
        for at in rows.indices {
          let factor = gate[at / width / tokens * width + at % width]
          #expect(abs(result[at] - (rows[at] + factor * widened(values[at]))) < 1e-6, "\(isa)")
          #expect(byValue[at] == narrowed(gradient[at] * factor))
        }
        for at in byGate.indices {
          let (item, column) = (at / width, at % width)
          let expected = (0..<tokens).reduce(Float(0)) { sum, token in
            let place = (item * tokens + token) * width + column
            return sum + gradient[place] * widened(values[place])
          }
          #expect(abs(byGate[at] - expected) < 1e-5)
        }
        for column in 0..<width {
          let expected = (0..<count).reduce(Float(0)) { $0 + widened(values[$1 * width + column]) }
          #expect(abs(sums[column] - expected) < 1e-5)
        }
      }
    }
  }
}
