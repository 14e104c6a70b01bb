import Foundation
import Nets
import Tensors
import TestSupport
import Testing

/// Numbers of the SR-DiT reference for a 16 × 16 grid.
@Suite struct PositionsTests {
  @Test func sinCosPositionsAreThePublishedOnes() {
    let table = SinCosPositions.table(side: 16, width: 768)
    #expect(table.count == 256 * 768)
    let row = Array(table[35 * 768..<36 * 768])  // y = 2, x = 3
    let published: [(Int, Float)] = [
      (0, 0.14112001), (1, 0.27837998), (191, 0.00031474), (192, -0.9899925), (193, -0.96047102),
      (384, 0.90929743), (385, 0.94423677), (576, -0.41614684), (767, 0.99999998),
    ]
    for (channel, value) in published { #expect(abs(row[channel] - value) < 1e-7, "\(channel)") }
    #expect(table[0] == 0 && table[192] == 1 && table[384] == 0 && table[576] == 1)
  }

  @Test func rotationsAreThePublishedOnes() throws {
    let table = try RotaryTable(side: 16, headWidth: 64)
    let (cosines, sines) = (try PlainArray(table.cosines), try PlainArray(table.sines))
    #expect(cosines.shape == [256, 64])
    let turned = [0.54030234, 0.54030234, 0.84600908, 0.84600908]
    for channel in 0..<4 {
      #expect(cosines[[1, channel]] == 1, "patch 1 is y = 0, x = 1")
      #expect(abs(cosines[[1, 32 + channel]] - turned[channel]) < 1e-7)
      #expect(cosines[[16, 32 + channel]] == 1, "patch 16 is y = 1, x = 0")
      #expect(abs(cosines[[16, channel]] - turned[channel]) < 1e-7)
    }
    let published = [
      0: 0.90929741, 2: 0.90213072, 30: 0.00035566, 32: 0.14112, 34: 0.99325317, 62: 0.00053348,
    ]
    for (channel, value) in published {
      #expect(abs(sines[[35, channel]] - value) < 1e-7, "\(channel)")
    }
  }

  @Test func neighbouringChannelsTurnAsPairs() throws {
    let table = try RotaryTable(side: 2, headWidth: 8, dtype: .float64)
    let x = PlainArray.example([1, 2, 4, 8])
    let found = try PlainArray(table.rotate(x.tensor()))
    let expected = PlainArray(x.shape) { i in
      let (token, channel) = (i[2], i[3])
      let position = Double(channel < 4 ? token / 2 : token % 2)
      let angle = position * pow(10_000, -Double(channel % 4 / 2) / 2)
      let partner = x[[i[0], i[1], token, channel ^ 1]]
      return x[i] * cos(angle) + (channel % 2 == 0 ? -partner : partner) * sin(angle)
    }
    // The table's angles are float32, as the reference's.
    #expect(found.distance(to: expected) < 1e-6)
  }

  @Test func timeFeaturesAreThePublishedOnes() throws {
    let embedding = try TimeEmbedding(width: 16)
    let features = try embedding.features(Tensor([0.5], shape: [1])).scalars(Double.self)
    #expect(features.count == 256)
    let published: [(Int, Double, Double)] = [
      (0, 0.87758255, 1e-7), (1, 0.89369327, 1e-7), (127, 1, 1e-7), (128, 0.47942555, 1e-7),
      (129, 0.44867843, 1e-7), (255, 5.373e-05, 5e-9),
    ]
    for (index, value, tolerance) in published {
      #expect(abs(features[index] - value) < tolerance, "\(index)")
    }
    let batch = try embedding.features(Tensor([0, 0.5, 1], shape: [3]))
    #expect(batch.shape == [3, 256])
    #expect(try batch.sliced(0, 1..<2).scalars(Double.self) == features)
  }
}
