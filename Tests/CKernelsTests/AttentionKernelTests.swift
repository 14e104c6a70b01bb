import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Attention {
    /// One head in float64.
    struct Reference {
      var queries, keys, values: [Double]
      let tokens, width: Int

      func callAsFunction() -> [Double] {
        (0..<tokens).flatMap { query -> [Double] in
          let scores = (0..<tokens).map { key in
            (0..<width).reduce(0) { $0 + queries[query * width + $1] * keys[key * width + $1] }
              / Double(width).squareRoot()
          }
          let most = scores.max() ?? 0
          let weights = scores.map { exp($0 - most) }
          let total = weights.reduce(0, +)
          return (0..<width).map { j in
            (0..<tokens).reduce(0) { $0 + weights[$1] * values[$1 * width + j] } / total
          }
        }
      }

      func sum(_ weights: [Double]) -> Double {
        zip(self(), weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }

    /// Tokens around the sizes of a vector, a panel and a block of rows; widths of heads.
    @Test(arguments: [
      (1, 32), (7, 32), (31, 64), (33, 96), (64, 32), (65, 64), (97, 32), (200, 64),
    ])
    func attentionAndItsGradients(tokens: Int, width: Int) {
      let (batch, heads) = (2, 2)
      let all = 3 * heads * width
      var data = KernelData("attention")
      let joint = data.narrow(batch * tokens * all)
      let gradient = data.narrow(batch * tokens * heads * width)
      let strides = ck_strides(item: Int64(tokens * all), token: Int64(all), head: Int64(width))
      var shape = ck_attention(
        batch: Int64(batch), tokens: Int64(tokens), heads: Int64(heads), width: Int64(width),
        scale: 1 / Float(width).squareRoot(), query: strides, key: strides, value: strides)
      withEachInstructionSet { isa in
        var result = [ck_bfloat16](repeating: 0, count: gradient.count)
        var sums = [Float](repeating: 0, count: batch * heads * tokens)
        var byJoint = [ck_bfloat16](repeating: 0, count: joint.count)
        joint.withUnsafeBufferPointer { joint in
          guard let start = joint.baseAddress else { return }
          let (keys, values) = (start + heads * width, start + 2 * heads * width)
          ck_attention_forward(&shape, start, keys, values, &result, &sums)
          byJoint.withUnsafeMutableBufferPointer { byJoint in
            guard let to = byJoint.baseAddress else { return }
            ck_attention_backward(
              &shape, start, keys, values, result, sums, gradient, to, to + heads * width,
              to + 2 * heads * width)
          }
        }
        for item in 0..<batch {
          for head in 0..<heads {
            func part(_ list: [ck_bfloat16], _ part: Int, of count: Int) -> [Double] {
              (0..<tokens * width).map { at in
                let token = item * tokens + at / width
                let column = (part * heads + head) * width + at % width
                return Double(widened(list[token * count * heads * width + column]))
              }
            }
            let reference = Reference(
              queries: part(joint, 0, of: 3), keys: part(joint, 1, of: 3),
              values: part(joint, 2, of: 3), tokens: tokens, width: width)
            let exact = reference()
            for (ours, expected) in zip(part(result, 0, of: 1), exact) {
              #expect(abs(ours - expected) < 0.02, "\(isa)")
            }
            let weights = part(gradient, 0, of: 1)
            for (index, path) in [\Reference.queries, \.keys, \.values].enumerated() {
              let ours = part(byJoint, index, of: 3)
              // Some entries: differences take a whole attention each.
              for at in stride(from: 0, to: tokens * width, by: max(1, tokens * width / 5)) {
                var (up, down) = (reference, reference)
                up[keyPath: path][at] += 1e-5
                down[keyPath: path][at] -= 1e-5
                let expected = (up.sum(weights) - down.sum(weights)) / 2e-5
                #expect(abs(ours[at] - expected) < 0.02 * max(1, abs(expected)), "\(isa) \(path)")
              }
            }
          }
        }
      }
    }

    /// What is not a number stays so in its own row, and nowhere else.
    @Test func oneQueryThatIsNotANumber() {
      let (tokens, width) = (20, 32)
      var data = KernelData("attention")
      var queries = data.narrow(tokens * width)
      let (keys, values) = (data.narrow(tokens * width), data.narrow(tokens * width))
      queries[3 * width + 5] = narrowed(.infinity) | 1
      let strides = ck_strides(item: 0, token: Int64(width), head: 0)
      var shape = ck_attention(
        batch: 1, tokens: Int64(tokens), heads: 1, width: Int64(width), scale: 0.2, query: strides,
        key: strides, value: strides)
      withEachInstructionSet { isa in
        var result = [ck_bfloat16](repeating: 0, count: tokens * width)
        var sums = [Float](repeating: 0, count: tokens)
        ck_attention_forward(&shape, queries, keys, values, &result, &sums)
        for at in result.indices {
          #expect(widened(result[at]).isNaN == (at / width == 3), "\(isa)")
        }
      }
    }
  }
}
