extension GoldenFixture {
  /// One case of the manifest.
  public struct Case: Decodable {
    /// One output: where its golden values are, and how close a float32 port should come.
    public struct Output: Decodable {
      /// The name of the golden tensor.
      public let tensor: String
      /// The largest deviation of an element that a float32 port may have.
      public let tolMaxAbs: Double
      /// The largest root mean square deviation.
      public let tolRms: Double
    }

    /// What a case lets be compared, told from what it gives.
    public enum Kind: Sendable {
      /// One forward pass with its inner activations.
      case forward
      /// A loss and its gradients.
      case loss
      /// Several steps of an optimizer.
      case optimizerSteps
      /// A trajectory from noise to data.
      case sampling
      /// Norms on inputs so small that their epsilon matters.
      case norms
    }

    /// The name of the case.
    public let id: String
    /// Role to tensor name.
    public let inputs: [String: String]
    /// Role to golden tensor and tolerances.
    public let outputs: [String: Output]
    /// What the case was run with.
    public let params: Parameters

    /// What the case lets be compared.
    public var kind: Kind {
      if params.modules != nil { return .norms }
      if params.lr != nil { return .optimizerSteps }
      if params.steps != nil { return .sampling }
      return params.parameterOrder == nil ? .forward : .loss
    }

    /// The checkpoint's name of the norm that an output of a case of norms comes from.
    public func norm(of role: String) -> String? {
      params.modules?[role].map { String($0.prefix { $0 != " " }) }
    }
  }

  /// What a case was run with; absent where it does not matter.
  public struct Parameters: Decodable {
    /// The weights of a sum's terms.
    public struct Coefficients: Decodable {
      /// Of the alignment with a teacher.
      public let proj: Double
      /// Of the class token.
      public let cls: Double
      /// Of the contrast with another item.
      public let cfm: Double
    }

    // MARK: The network

    /// Whether the middle blocks did not run, in evaluation.
    public let uncond: Bool?
    /// Whether the middle blocks did not run, in training.
    public let pathDrop: Bool?
    /// What the output means: `x` or `v`.
    public let output: String?
    /// Role to the norm that was run: its module, then words in brackets.
    public let modules: [String: String]?

    // MARK: The loss

    /// The parameters that `grad_norms` and `moved` count, in order.
    public let parameterOrder: [String]?
    /// The parameters whose gradient is zero or absent.
    public let exactlyZeroGradient: [String]?
    /// The weights of the loss's terms.
    public let coefficients: Coefficients?
    /// The least divisor when clean data is converted to velocity.
    public let tEps: Double?
    /// The deviation of the noise.
    public let noiseScale: Double?
    /// The deviation of the data, for EDM.
    public let sigmaData: Double?
    /// The mean of the logarithm of the noise level, for EDM.
    public let pMean: Double?
    /// The deviation of the logarithm of the noise level, for EDM.
    public let pStd: Double?

    // MARK: The optimizer

    /// The learning rate.
    public let lr: Double?
    /// The decay rates of AdamW's moments.
    public let betas: [Double]?
    /// AdamW's epsilon.
    public let eps: Double?
    /// The decoupled weight decay.
    public let weightDecay: Double?
    /// The largest global gradient norm.
    public let gradientClip: Double?
    /// The decay of the moving average.
    public let emaDecay: Double?

    // MARK: The sampler

    /// Optimizer or solver steps.
    public let steps: Int?
    /// The solver.
    public let method: String?
    /// The factor of the time shift.
    public let shift: Double?
    /// The strength of the guidance.
    public let cfgScale: Double?
    /// The strength of the class token's guidance.
    public let clsCfgScale: Double?
    /// The least time with guidance.
    public let guidanceLow: Double?
    /// The greatest time with guidance.
    public let guidanceHigh: Double?
    /// The end of the interval without guidance, by JLT's clock.
    public let intervalLow: Double?
    /// The end of the interval with guidance, by JLT's clock.
    public let intervalHigh: Double?
    /// Whether the null pass skips the middle blocks.
    public let nullBranchUsesPathDrop: Bool?
    /// The times of the evaluations, in order.
    public let evaluationTimes: [Double]?
    /// Which of the evaluations are guided.
    public let guidedEvaluation: [Bool]?
    /// Which steps are guided.
    public let guidedStep: [Bool]?
  }
}
