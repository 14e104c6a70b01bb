import Tensors
import TestSupport
import Testing

@testable import Encoders

@Suite struct FrozenConvolutionTests {
  /// TensorFlow's SAME: an odd zero goes below and right, whatever way the layer takes to it.
  @Test(arguments: [5, 6, 7, 8], [5, 6])
  func paddingIsTensorFlows(height: Int, width: Int) throws {
    for (kernel, stride) in [(3, 2), (3, 1), (2, 1), (5, 3)] {
      let layer = try FrozenConvolution(
        4, 4, kernel: kernel, stride: stride, padding: .same, groups: 4)
      let weight = PlainArray.example([4, 1, kernel, kernel], phase: 0.2)
      let bias = PlainArray.example([4], phase: 0.4)
      try layer.load(["weight": weight.tensor(), "bias": bias.tensor()], from: "numbers")
      let x = PlainArray.example([2, 4, height, width])
      let sizes = [height, width].map { ($0 + stride - 1) / stride }
      let starts = zip([height, width], sizes).map {
        max(($1 - 1) * stride + kernel - $0, 0) / 2
      }
      let expected = PlainArray([2, 4] + sizes) { i in
        (0..<kernel * kernel).reduce(bias[[i[1]]]) { sum, tap in
          let y = i[2] * stride + tap / kernel - starts[0]
          let z = i[3] * stride + tap % kernel - starts[1]
          guard (0..<height).contains(y), (0..<width).contains(z) else { return sum }
          return sum + x[[i[0], i[1], y, z]] * weight[[i[1], 0, tap / kernel, tap % kernel]]
        }
      }
      let found = try withoutGradients { try layer(x.tensor(.float32)) }
      #expect(try PlainArray(found).distance(to: expected) < 1e-5)
    }
  }
}
