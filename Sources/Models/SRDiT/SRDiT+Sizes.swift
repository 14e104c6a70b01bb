extension SRDiT {
  /// `[channels, side, side]`.
  public var itemShape: [Int] {
    [configuration.channels, configuration.side, configuration.side]
  }

  /// The number of patches, and the class token.
  public var tokenCount: Int { 1 + configuration.grid * configuration.grid }

  /// The number of classes; this number itself is the null class.
  public var classCount: Int { configuration.classCount }

  /// Multiply-adds counted twice, for one item's forward pass with every token, without projector.
  public var forwardFLOPs: Double { forwardFLOPs(middleTokens: tokenCount, isProjecting: false) }

  /// Multiply-adds counted twice, for one item's forward pass.
  ///
  /// Counts linear layers and attention; norms and activations are small beside them.
  /// - Parameters:
  ///   - middleTokens: the tokens that the middle blocks see; 0 when they do not run.
  ///   - isProjecting: whether the alignment projector runs.
  public func forwardFLOPs(middleTokens: Int, isProjecting: Bool) -> Double {
    let width = Double(configuration.size.width)
    let tokens = Double(tokenCount)
    let teacher = Double(configuration.teacherWidth)
    let hidden = Double(configuration.projectorWidth)
    let values = Double(configuration.channels * configuration.patch * configuration.patch)
    let block = { (tokens: Double) in
      tokens * (4 + 2 * Double(self.configuration.mlpRatio)) * width * width
        + 2 * tokens * tokens * width + 6 * width * width
    }
    let middle = configuration.middle.count
    let dense = Double(configuration.size.depth - middle) * block(tokens)
    let sparse = middleTokens == 0 ? 0 : Double(middle) * block(Double(middleTokens))
    let fusion = 2 * tokens * width * width
    let projector =
      isProjecting ? tokens * (width * hidden + hidden * hidden + hidden * teacher) : 0
    let ends =
      2 * (tokens - 1) * values * width + 2 * teacher * width + (256 + width) * width
      + 2 * width * width
    return 2 * (dense + sparse + fusion + projector + ends)
  }
}
