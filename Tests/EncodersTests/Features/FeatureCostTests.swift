import Encoders
import Tensors
import TestSupport
import Testing

/// The arithmetic of feature networks against published counts, multiply-adds counted twice.
@Suite struct FeatureCostTests {
  /// Relative tolerances are the rounding of the published numbers.
  @Test func convolutionalNetworksCostWhatIsPublished() throws {
    // Sandler et al., table 4: 300 M multiply-adds; their tables leave the classes' biases out.
    let mobile = try MobileNetV2()
    let whole = mobile.forwardFLOPs([.logits], height: 224, width: 224)
    #expect(abs(whole / 2 - 300e6) < 2e6, "\(whole / 2)")
    // Block 13 has the map of stride 16; what comes after it is not computed.
    let tokens = mobile.forwardFLOPs([.tokens], height: 224, width: 224)
    #expect(tokens < 0.75 * whole && tokens > 0.5 * whole)
    #expect(mobile.forwardFLOPs([.tokens], height: 112, width: 112) == tokens / 4)
    // He et al.'s networks: 40.55 M and 125.49 M, as papers on pruning give them.
    for (depth, count) in [(20, 40.55e6), (56, 125.49e6)] {
      let found = try CIFARResNet(depth: depth).forwardFLOPs([.logits], height: 32, width: 32) / 2
      #expect(abs(found - count) < 0.005e6, "\(found)")
    }
    // torchvision counts 0.82 G for SqueezeNet 1.0 at 224 and 5.71 G for Inception at 299 with its
    // bias; ours has 1008 classes and the same layers.
    let squeeze = try SqueezeNet().forwardFLOPs([.logits], height: 224, width: 224) / 2
    #expect(abs(squeeze - 0.82e9) < 0.01e9, "\(squeeze)")
    let inception = try InceptionV3().forwardFLOPs([.logits], height: 299, width: 299) / 2
    #expect(abs(inception - 5.71e9) < 0.02e9, "\(inception)")
  }

  /// 12 blocks of 768 over 257 tokens, counted by hand, beside the rounded 46 GFLOP of REPA's teacher.
  @Test func dinov2CostsWhatItsSizeSays() throws {
    let configuration = try #require(DINOv2Configuration.published["vitb14"])
    let network = try DINOv2(configuration, name: "vitb14", positions: .antialiased)
    let found = network.forwardFLOPs([.pooled, .tokens], height: 224, width: 224)
    let (matrices, attention) = (2 * 257 * 12 * 768 * 768, 4 * 257 * 257 * 768)
    let patches = 2 * 256 * 768 * 3 * 14 * 14
    #expect(found == Double(12 * (matrices + attention) + patches))
    #expect(abs(found - 46e9) < 0.5e9, "\(found)")
    #expect(network.hasClassToken)
    #expect(try !MobileNetV2().hasClassToken)
  }

  /// The layers of a network and the count of them agree on the map's size: a count at a size is what
  /// its weights and the places of a real pass say.
  @Test func theCountedMapIsTheComputedOne() throws {
    let network = try SqueezeNet()
    for side in [64, 67, 70, 96] {
      let batch = try Tensor.zeros([1, 3, side, side])
      let tokens = try #require(try network(batch, [.tokens])[.tokens])
      let head =
        network.forwardFLOPs([.logits], height: side, width: side)
        - network.forwardFLOPs([.pooled], height: side, width: side)
      let last = try #require(try network(batch, [.logits])[.logits])
      #expect(last.shape == [1, 1000] && tokens.shape[2] == 512)
      // fire8's map is pooled once more before the head.
      let inner = Int(Double(tokens.shape[1]).squareRoot())
      let places = ((inner - 3 + 1) / 2 + 1) * ((inner - 3 + 1) / 2 + 1)
      #expect(head == Double(2 * 512 * 1000 * places), "side \(side)")
    }
  }
}
