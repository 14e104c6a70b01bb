import Foundation
import Tensors
import TestSupport
import Testing

/// The fused operations of networks against loops in plain Swift.
@Suite struct LayersTests {
  @Test func matricesMultiplyAndBroadcast() throws {
    let (a, b) = (PlainArray.example([2, 1, 3, 4]), PlainArray.example([5, 4, 2], phase: 0.2))
    let expected = PlainArray([2, 5, 3, 2]) { i in
      (0..<4).reduce(0) { $0 + a[[i[0], 0, i[2], $1]] * b[[i[1], $1, i[3]]] }
    }
    #expect(try PlainArray(a.tensor().matmul(b.tensor())).distance(to: expected) < 1e-12)
  }

  @Test(arguments: [true, false]) func linearLayers(bias: Bool) throws {
    let x = PlainArray.example([2, 3, 5])
    let (weight, offset) = (PlainArray.example([4, 5], phase: 0.2), PlainArray.example([4]))
    let expected = PlainArray([2, 3, 4]) { i in
      (0..<5).reduce(bias ? offset[[i[2]]] : 0) { $0 + x[[i[0], i[1], $1]] * weight[[i[2], $1]] }
    }
    let found = try x.tensor().linear(weight.tensor(), bias ? offset.tensor() : nil)
    #expect(try PlainArray(found).distance(to: expected) < 1e-12)
  }

  @Test func softmaxAlongEachDimension() throws {
    let x = PlainArray.example([3, 4])
    for dim in [0, 1] {
      let expected = PlainArray([3, 4]) { i in
        let total = (0..<x.shape[dim]).reduce(0.0) {
          $0 + exp(x[dim == 0 ? [$1, i[1]] : [i[0], $1]])
        }
        return exp(x[i]) / total
      }
      #expect(try PlainArray(x.tensor().softmax(dim)).distance(to: expected) < 1e-14)
    }
  }

  @Test func embeddingsLookUpRows() throws {
    let table = PlainArray.example([5, 3])
    let rows: [Int64] = [4, 0, 0, 2]
    let found = try table.tensor().embedding(Tensor(rows, shape: [2, 2]))
    let expected = PlainArray([2, 2, 3]) { i in table[[Int(rows[i[0] * 2 + i[1]]), i[2]]] }
    #expect(try PlainArray(found) == expected)
  }

  @Test(arguments: [true, false]) func normsOfTheLastDimension(affine: Bool) throws {
    let x = PlainArray.example([3, 6])
    let (gain, bias) = (PlainArray.example([6], phase: 0.2), PlainArray.example([6], phase: 0.5))
    let epsilon = 1e-3
    let statistics = (0..<3).map { row in
      let values = (0..<6).map { x[[row, $0]] }
      let mean = values.reduce(0, +) / 6
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6
      return (mean: mean, variance: variance, square: values.reduce(0) { $0 + $1 * $1 } / 6)
    }
    let layer = PlainArray([3, 6]) { i in
      let row = statistics[i[0]]
      let normed = (x[i] - row.mean) / (row.variance + epsilon).squareRoot()
      return affine ? normed * gain[[i[1]]] + bias[[i[1]]] : normed
    }
    let root = PlainArray([3, 6]) { i in
      let normed = x[i] / (statistics[i[0]].square + epsilon).squareRoot()
      return affine ? normed * gain[[i[1]]] : normed
    }
    let (weight, offset) = (try gain.tensor(), try bias.tensor())
    let foundLayer = try x.tensor().layerNorm(
      weight: affine ? weight : nil, bias: affine ? offset : nil, epsilon: epsilon)
    #expect(try PlainArray(foundLayer).distance(to: layer) < 1e-12)
    let foundRoot = try x.tensor().rmsNorm(weight: affine ? weight : nil, epsilon: epsilon)
    #expect(try PlainArray(foundRoot).distance(to: root) < 1e-12)
  }

  @Test func groupNorm() throws {
    let x = PlainArray.example([2, 4, 3, 2])
    let (gain, bias) = (PlainArray.example([4], phase: 0.2), PlainArray.example([4], phase: 0.5))
    let expected = PlainArray(x.shape) { i in
      let group = PlainArray.indices([2, 3, 2]).map {
        x[[i[0], i[1] / 2 * 2 + $0[0], $0[1], $0[2]]]
      }
      let mean = group.reduce(0, +) / 12
      let variance = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 12
      return (x[i] - mean) / (variance + 1e-5).squareRoot() * gain[[i[1]]] + bias[[i[1]]]
    }
    let found = try x.tensor().groupNorm(
      groups: 2, weight: gain.tensor(), bias: bias.tensor(), epsilon: 1e-5)
    #expect(try PlainArray(found).distance(to: expected) < 1e-12)
  }

  @Test func attentionWeighsValuesByTheSoftmaxOfScores() throws {
    let shape = [2, 2, 5, 3]
    let q = PlainArray.example(shape)
    let (k, v) = (PlainArray.example(shape, phase: 0.2), PlainArray.example(shape, phase: 0.4))
    let scale = 0.7
    let expected = PlainArray(shape) { i in
      let weights = (0..<5).map { other in
        exp(
          scale
            * (0..<3).reduce(0) { $0 + q[[i[0], i[1], i[2], $1]] * k[[i[0], i[1], other, $1]] })
      }
      let mixed = (0..<5).reduce(0) { $0 + weights[$1] * v[[i[0], i[1], $1, i[3]]] }
      return mixed / weights.reduce(0, +)
    }
    let found = try q.tensor().attention(keys: k.tensor(), values: v.tensor(), scale: scale)
    #expect(try PlainArray(found).distance(to: expected) < 1e-12)
  }

  @Test(arguments: [(1, 1), (2, 1), (1, 0), (3, 2)])
  func convolutions(stride: Int, padding: Int) throws {
    let x = PlainArray.example([2, 2, 6, 5])
    let (kernel, bias) = (PlainArray.example([3, 2, 3, 3], phase: 0.2), PlainArray.example([3]))
    let sides = [6, 5].map { ($0 + 2 * padding - 3) / stride + 1 }
    let expected = PlainArray([2, 3] + sides) { i in
      PlainArray.indices([2, 3, 3]).reduce(bias[[i[1]]]) { sum, tap in
        let row = i[2] * stride + tap[1] - padding
        let column = i[3] * stride + tap[2] - padding
        guard (0..<6).contains(row), (0..<5).contains(column) else { return sum }
        return sum + x[[i[0], tap[0], row, column]] * kernel[[i[1], tap[0], tap[1], tap[2]]]
      }
    }
    let found = try x.tensor().convolved(
      kernel.tensor(), bias.tensor(), stride: stride, padding: padding)
    #expect(try PlainArray(found).distance(to: expected) < 1e-12)
  }

  @Test func enlargingRepeatsCells() throws {
    let x = PlainArray.example([1, 2, 2, 3])
    let expected = PlainArray([1, 2, 6, 9]) { x[[0, $0[1], $0[2] / 3, $0[3] / 3]] }
    #expect(try PlainArray(x.tensor().upsampledNearest(by: 3)) == expected)
  }
}
