import Diagnostics
import Encoders
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@Suite struct PictureInputTests {
  private func picture(_ width: Int, _ height: Int, seed: UInt8 = 0) -> Picture {
    Picture(
      width: width, height: height,
      pixels: (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 5) &+ seed }
    )
  }

  @Test func bytesAreScaledPerChannelInTheNetworksOrder() throws {
    let source = picture(2, 1)
    let input = PictureInput(.none, mean: [1, 2, 3], deviation: [2, 4, 5], isBGR: true)
    let found = try input([source]).scalars(Float.self)
    let expected: [Float] = [(2, 1, 2), (1, 2, 4), (0, 3, 5)].flatMap {
      (channel: Int, mean: Float, deviation: Float) in
      [0, 3].map { (Float(source.pixels[channel + $0]) - mean) / deviation }
    }
    #expect(found == expected)
  }

  /// Place `i` of TensorFlow 1 reads at `i · in / out`, without the half pixel.
  @Test func tensorFlowsGridStartsAtTheCorner() throws {
    let (source, side) = (picture(5, 3), 7)
    let plain = PictureInput(.none, mean: [0, 0, 0], deviation: [1, 1, 1])
    let pixels = try PlainArray(plain([source]))
    let expected = PlainArray([1, 3, side, side]) { i in
      func read(_ index: Int, _ size: Int) -> (low: Int, high: Int, part: Double) {
        let place = Double(index) * Double(size) / Double(side)
        return (Int(place), min(Int(place) + 1, size - 1), place - Double(Int(place)))
      }
      let (y, x) = (read(i[2], 3), read(i[3], 5))
      func row(_ r: Int) -> Double {
        pixels[[0, i[1], r, x.low]] * (1 - x.part) + pixels[[0, i[1], r, x.high]] * x.part
      }
      return row(y.low) * (1 - y.part) + row(y.high) * y.part
    }
    var input = plain
    input.resizing = .tensorFlowBilinear(side: side)
    #expect(try PlainArray(input([source])).distance(to: expected) < 1e-4)
  }

  /// Half-pixel centres: twice the size mixes neighbours 3 to 1.
  @Test func bilinearReadsBetweenPixelCentres() throws {
    let source = Picture(width: 2, height: 2, pixels: [0, 0, 0, 100, 0, 0, 0, 0, 0, 100, 0, 0])
    let input = PictureInput(.bilinear(side: 4), mean: [0, 0, 0], deviation: [1, 1, 1])
    let row = try input([source]).scalars(Float.self).prefix(4)
    #expect(Array(row) == [0, 25, 75, 100])
  }

  @Test(arguments: ["bilinear", "bicubic"], [false, true])
  func mapsAreResizedAsInTorch(filter: String, antialias: Bool) throws {
    let bytes = Formula.bytes("pictures", 20 * 26 * 3)
    let plain = PictureInput(.none, mean: [0, 0, 0], deviation: [1, 1, 1])
    let x = try plain([Picture(width: 26, height: 20, pixels: bytes)])
    let found = try x.resized(
      height: 11, width: 31, filter: filter == "bilinear" ? .bilinear : .bicubic,
      antialias: antialias)
    let name = "resize.\(filter)\(antialias ? ".antialias" : "")"
    let golden = try FeatureFixture().golden.tensor(name)
    #expect(try deviation(name, found, golden) < 1e-6)
  }

  @Test func pillowResizesEachPictureToBytes() throws {
    let pictures = [picture(9, 7), picture(5, 6, seed: 3)]
    let input = PictureInput(.pillowBicubic(side: 4), mean: [0, 0, 0], deviation: [1, 1, 1])
    let found = try input(pictures).permuted([0, 2, 3, 1]).to(.uint8).bytes()
    let expected = try pictures.flatMap {
      try $0.resized(width: 4, height: 4, filter: .bicubic).pixels
    }
    #expect(found == expected)
  }

  @Test func picturesOfTwoSizesAreNamed() {
    let error = #expect(throws: PeregrineError.self) {
      try PictureInput.symmetric(.bilinear(side: 8))([picture(4, 4), picture(4, 5)])
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("4x4 and 4x5") == true)
  }

  @Test func noPicturesAreRefused() {
    let error = #expect(throws: PeregrineError.self) { try PictureInput.symmetric(.none)([]) }
    #expect(error?.code == .usage)
  }

  @Test func descriptionsSayEverything() {
    #expect(
      MobileNetV2.standardInput.description
        == "bilinear to 224 px, half-pixel centres, no antialiasing; v / 127.5 - 1")
    #expect(
      PictureInput.imageNet(.bicubic(side: 224)).description
        == "bicubic (a = -0.75) to 224 px, half-pixel centres, no antialiasing; "
        + "(v - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]")
    let caffe = PictureInput(.none, mean: [104, 117, 123], deviation: [1, 1, 1], isBGR: true)
    #expect(caffe.description == "as they are; (v - [104, 117, 123]) / 1; blue, green, red")
  }
}
