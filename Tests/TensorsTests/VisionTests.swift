import Diagnostics
import Tensors
import TestSupport
import Testing

/// Operations on maps against loops in plain Swift.
@Suite struct VisionTests {
  /// float64 takes the general way, float32 the fused one.
  @Test(
    arguments: [DType.float64, .float32], [Activation.none, .relu, .relu6])
  func convolutionsAddAndActivate(dtype: DType, activation: Activation) throws {
    let x = PlainArray.example([2, 4, 7, 6])
    let weight = PlainArray.example([6, 2, 3, 1], phase: 0.3)
    let bias = PlainArray.example([6], phase: 0.5)
    let addend = PlainArray.example([2, 6, 4, 8], phase: 0.7)
    func expected(added: Bool) -> PlainArray {
      PlainArray([2, 6, 4, 8]) { i in
        var sum = bias[[i[1]]] + (added ? addend[i] : 0)
        for channel in 0..<2 {
          for row in 0..<3 {
            let (y, z) = (2 * i[2] + row - 1, i[3] - 1)
            guard (0..<7).contains(y), (0..<6).contains(z) else { continue }
            sum += x[[i[0], i[1] / 3 * 2 + channel, y, z]] * weight[[i[1], channel, row, 0]]
          }
        }
        switch activation {
        case .none: return sum
        case .relu: return max(sum, 0)
        case .relu6: return min(max(sum, 0), 6)
        }
      }
    }
    for added in [false, true] {
      for source in [try x.tensor(dtype), try x.tensor(dtype).channelsLast()] {
        let found = try withoutGradients {
          try source.convolved(
            weight.tensor(dtype), bias.tensor(dtype), stride: (2, 1), padding: (1, 1), groups: 2,
            adding: added ? addend.tensor(dtype) : nil, activation: activation)
        }
        let worst = try PlainArray(found).distance(to: expected(added: added))
        #expect(worst < (dtype == .float64 ? 1e-12 : 1e-5))
      }
    }
  }

  /// A map of one position, as deep layers have it for small pictures; other numbers of rows, too.
  @Test(arguments: [Activation.none, .relu, .relu6], [1, 2])
  func convolutionsOfOnePosition(activation: Activation, rows: Int) throws {
    let x = PlainArray.example([3, 4, rows, 1])
    let weight = PlainArray.example([6, 4, 3, 3], phase: 0.3)
    let addend = PlainArray.example([3, 6, rows, 1], phase: 0.7)
    func result(_ dtype: DType) throws -> PlainArray {
      try withoutGradients {
        try PlainArray(
          x.tensor(dtype).channelsLast().convolved(
            weight.tensor(dtype), nil, stride: (1, 1), padding: (1, 1),
            adding: addend.tensor(dtype),
            activation: activation))
      }
    }
    #expect(try result(.float32).distance(to: result(.float64)) < 1e-5)
  }

  @Test func convolutionsRefuseChannelsThatDoNotFit() throws {
    let error = #expect(throws: PeregrineError.self) {
      try Tensor.zeros([1, 3, 4, 4]).convolved(
        .zeros([2, 2, 1, 1]), nil, stride: (1, 1), padding: (0, 0))
    }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.description.contains("[1, 3, 4, 4]") == true)
  }

  @Test func gradientsFlowThroughConvolutions() throws {
    let inputs = [
      PlainArray.example([1, 2, 4, 4]), PlainArray.example([2, 1, 3, 3], phase: 0.2),
      PlainArray.example([2], phase: 0.4), PlainArray.example([1, 2, 4, 4], phase: 0.6),
    ]
    let worst = try gradientDeviation(inputs) { parts in
      try parts[0].convolved(
        parts[1], parts[2], stride: (1, 1), padding: (1, 1), groups: 2, adding: parts[3],
        activation: .relu)
    }
    #expect(worst < 1e-6)
  }

  @Test func zerosGoAroundTheMap() throws {
    let x = PlainArray.example([1, 2, 2, 3])
    let expected = PlainArray([1, 2, 5, 4]) { i in
      let (y, z) = (i[2] - 1, i[3] - 1)
      return (0..<2).contains(y) && (0..<3).contains(z) ? x[[0, i[1], y, z]] : 0
    }
    let found = try x.tensor().padded(top: 1, bottom: 2, left: 1, right: 0)
    #expect(try PlainArray(found) == expected)
  }

  @Test(arguments: [true, false]) func maximumPoolsMayReachBeyondTheMap(roundingUp: Bool) throws {
    let x = PlainArray.example([1, 2, 6, 6])
    let side = roundingUp ? 3 : 2
    let expected = PlainArray([1, 2, side, side]) { i in
      let places = (0..<9).map { (2 * i[2] + $0 / 3, 2 * i[3] + $0 % 3) }
      return places.filter { $0.0 < 6 && $0.1 < 6 }.map { x[[0, i[1], $0.0, $0.1]] }.max() ?? 0
    }
    let found = try x.tensor().maxPooled(3, stride: 2, roundingUp: roundingUp)
    #expect(try PlainArray(found) == expected)
  }

  @Test(arguments: [true, false]) func averagePoolsMayCountThePadding(counting: Bool) throws {
    let x = PlainArray.example([1, 2, 4, 5])
    let expected = PlainArray([1, 2, 4, 5]) { i in
      let places = (0..<9).map { (i[2] + $0 / 3 - 1, i[3] + $0 % 3 - 1) }
        .filter { (0..<4).contains($0.0) && (0..<5).contains($0.1) }
      let sum = places.reduce(0) { $0 + x[[0, i[1], $1.0, $1.1]] }
      return sum / Double(counting ? 9 : places.count)
    }
    let found = try x.tensor().averagePooled(3, stride: 1, padding: 1, countingPadding: counting)
    #expect(try PlainArray(found).distance(to: expected) < 1e-14)
  }

  /// One axis of the cubic filter, a = −0.75, clamped at the borders; the step from a scale of its own.
  @Test func bicubicStepsMayComeFromAScale() throws {
    let x = PlainArray.example([1, 1, 1, 7])
    func weight(_ distance: Double) -> Double {
      let (d, a) = (abs(distance), -0.75)
      if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
      return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
    }
    for scale in [4.0 / 7, 4.1 / 7] {
      let expected = PlainArray([1, 1, 1, 4]) { i in
        let place = (Double(i[3]) + 0.5) / scale - 0.5
        let first = Int(place.rounded(.down)) - 1
        return (first..<first + 4).reduce(0) {
          $0 + x[[0, 0, 0, min(max($1, 0), 6)]] * weight(place - Double($1))
        }
      }
      let found = try x.tensor().resized(
        height: 1, width: 4, filter: .bicubic, scales: scale == 4.0 / 7 ? nil : (1, scale))
      #expect(try PlainArray(found).distance(to: expected) < 1e-12)
    }
  }

  @Test func reorderingKeepsValues() throws {
    let x = try PlainArray.example([2, 3, 4, 5]).tensor()
    #expect(try x.channelsLast().bytes() == x.bytes())
  }
}
