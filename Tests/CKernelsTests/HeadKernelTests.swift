import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Heads {
    /// One head of one token in float64: normalised and turned, or mixed.
    struct Reference {
      var values, gain, first: [Double]
      let cosines, sines: [Double]
      var share: Double

      func turned() -> [Double] {
        let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        let normal = zip(values, gain).map { $0 / (square + 1e-6).squareRoot() * $1 }
        return normal.indices.map { j in
          let other = j % 2 == 0 ? -normal[j + 1] : normal[j - 1]
          return normal[j] * cosines[j] + other * sines[j]
        }
      }

      func mixed() -> [Double] { zip(first, values).map { share * $0 + (1 - share) * $1 } }
    }

    @Test(arguments: [32, 64, 96], [false, true])
    func headsAndTheirGradients(width: Int, hasTableOfItem: Bool) {
      let (batch, tokens, heads) = (2, 3, 2)
      let (all, rows) = (heads * width, batch * tokens)
      var data = KernelData("heads")
      let projection = data.narrow(rows * 3 * all)
      let first = data.narrow(rows * all)
      let (queryGain, keyGain) = (data.floats(width), data.floats(width))
      // Neighbours need not turn by one angle.
      let angles = data.floats((hasTableOfItem ? rows : tokens) * width, scale: 2)
      let (cosines, sines) = (angles.map { cos($0) }, angles.map { sin($0) })
      let gradient = data.narrow(rows * 3 * all)
      withEachInstructionSet { isa in
        var prepared = [ck_bfloat16](repeating: 0, count: rows * 3 * all)
        var byProjection = gradient
        var (byQueryGain, byKeyGain) = (
          [Float](repeating: 9, count: batch * width), [Float](repeating: 9, count: batch * width)
        )
        var byFirst = first
        var byShare = [Float](repeating: 9, count: batch)
        queryGain.withUnsafeBufferPointer { queryGain in
          keyGain.withUnsafeBufferPointer { keyGain in
            cosines.withUnsafeBufferPointer { cosines in
              sines.withUnsafeBufferPointer { sines in
                first.withUnsafeBufferPointer { first in
                  var before = ck_heads_before(
                    batch: Int64(batch), tokens: Int64(tokens), heads: Int64(heads),
                    width: Int64(width), query_gain: queryGain.baseAddress,
                    key_gain: keyGain.baseAddress, epsilon: 1e-6, cosines: cosines.baseAddress,
                    sines: sines.baseAddress, is_table_of_item: hasTableOfItem,
                    first_values: first.baseAddress,
                    first_strides: ck_strides(
                      item: Int64(tokens * all), token: Int64(all), head: Int64(width)),
                    share: 0.3)
                  ck_heads_forward(&before, projection, &prepared)
                  ck_heads_backward(
                    &before, projection, &byProjection, &byQueryGain, &byKeyGain, &byFirst,
                    &byShare)
                }
              }
            }
          }
        }
        var expectedGains = [[Double]](
          repeating: .init(repeating: 0, count: batch * width), count: 2)
        var expectedShare = [Double](repeating: 0, count: batch)
        for place in 0..<rows * 3 * heads {
          let (row, part, head) = (place / (3 * heads), place / heads % 3, place % heads)
          let (item, span) = (row / tokens, place * width..<(place + 1) * width)
          let table = (hasTableOfItem ? row : row % tokens) * width
          let wide = { (list: ArraySlice<ck_bfloat16>) in list.map { Double(widened($0)) } }
          let reference = Reference(
            values: wide(projection[span]),
            gain: (part == 0 ? queryGain : keyGain).map(Double.init),
            first: wide(first[(row * heads + head) * width..<(row * heads + head + 1) * width]),
            cosines: cosines[table..<table + width].map(Double.init),
            sines: sines[table..<table + width].map(Double.init), share: Double(Float(0.3)))
          let weights = wide(gradient[span])
          func result(_ reference: Reference) -> [Double] {
            part == 2 ? reference.mixed() : reference.turned()
          }
          func slope(_ path: WritableKeyPath<Reference, Double>) -> Double {
            var (up, down) = (reference, reference)
            up[keyPath: path] += 1e-5
            down[keyPath: path] -= 1e-5
            return zip(zip(result(up), result(down)), weights)
              .reduce(0) { $0 + ($1.0.0 - $1.0.1) / 2e-5 * $1.1 }
          }
          for (j, expected) in result(reference).enumerated() {
            let ours = Double(widened(prepared[span.lowerBound + j]))
            #expect(abs(ours - expected) <= abs(expected) / 200 + 1e-5, "\(isa) part \(part)")
            let expectedSlope = slope(\.values[j])
            let oursSlope = Double(widened(byProjection[span.lowerBound + j]))
            #expect(
              abs(oursSlope - expectedSlope) <= abs(expectedSlope) / 100 + 1e-3,
              "\(isa) part \(part)")
            if part == 2 {
              let expectedFirst = slope(\.first[j])
              let oursFirst = Double(widened(byFirst[(row * heads + head) * width + j]))
              #expect(abs(oursFirst - expectedFirst) <= abs(expectedFirst) / 200 + 1e-5)
            } else {
              expectedGains[part][item * width + j] += slope(\.gain[j])
            }
          }
          if part == 2 { expectedShare[item] += slope(\.share) }
        }
        #expect(
          worst(byQueryGain + byKeyGain, expectedGains[0] + expectedGains[1]) < 1e-3, "\(isa)")
        #expect(worst(byShare, expectedShare) < 1e-3, "\(isa)")
      }
    }
  }
}
