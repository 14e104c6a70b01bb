import Diagnostics
import Encoders
import Tensors
import TestSupport
import Testing

@Suite struct LatentScalingTests {
  private let latents = PlainArray.example([2, 2, 4, 6])

  private func check(_ scaling: LatentScaling, _ expected: ([Int], Double) -> Double) throws {
    let model = try scaling.modelSpace(latents.tensor())
    let plain = PlainArray(latents.shape) { expected($0, latents[$0]) }
    #expect(try PlainArray(model).distance(to: plain) < 1e-12)
    #expect(try PlainArray(scaling.stored(model)).distance(to: latents) < 1e-12)
    let numbers = try scaling.numbers(of: Array(latents.shape.dropFirst()))
    for (place, value) in latents.values.prefix(48).enumerated() {
      let expected = (value - numbers.shift[place]) * numbers.scale[place]
      #expect(abs(plain.values[place] - expected) < 1e-12)
    }
  }

  @Test func oneNumberIsForAll() throws {
    try check(LatentScaling(shift: 0.25, scale: 3)) { ($1 - 0.25) * 3 }
    try check(.identity) { $1 }
  }

  @Test func numbersPerChannelBroadcast() throws {
    let (shift, scale) = ([0.5, -1], [2.0, 0.25])
    try check(LatentScaling(shift: shift, scale: scale)) { ($1 - shift[$0[1]]) * scale[$0[1]] }
  }

  @Test func numbersPerPlaceRepeatOverPatches() throws {
    let shift = (0..<8).map { Double($0) / 4 - 1 }
    let scale = (0..<8).map { 1 + Double($0) / 8 }
    try check(LatentScaling(shift: shift, scale: scale, patch: 2)) { index, value in
      let place = index[1] * 4 + index[2] % 2 * 2 + index[3] % 2
      return (value - shift[place]) * scale[place]
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let error = #expect(throws: PeregrineError.self) {
      try LatentScaling(shift: [0, 0], scale: [1])
    }
    #expect(error?.code == .usage)
    #expect(throws: PeregrineError.self) { try LatentScaling(shift: [], scale: []) }
    #expect(throws: PeregrineError.self) {
      try LatentScaling(shift: [0, 0, 0], scale: [1, 1, 1], patch: 2)
    }
    let three = try LatentScaling(shift: [0, 0, 0], scale: [1, 1, 1])
    let patches = try LatentScaling(
      shift: Array(repeating: 0, count: 8), scale: Array(repeating: 1, count: 8), patch: 2)
    let attempts: [(LatentScaling, [Int])] = [
      (three, [1, 2, 4, 4]), (.identity, [4, 4]), (patches, [1, 2, 3, 4]),
    ]
    for (scaling, shape) in attempts {
      let error = #expect(throws: PeregrineError.self) {
        try scaling.modelSpace(.zeros(shape))
      }
      #expect(error?.code == .shapeMismatch)
      #expect(error?.description.contains("\(shape)") == true)
    }
  }
}
