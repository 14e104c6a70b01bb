extension GoldenFixture {
  /// One case of the manifest.
  public struct Case: Decodable {
    /// One output: its golden values, and the tolerances of a float32 port.
    public struct Output: Decodable {
      /// The name of the golden tensor.
      public let tensor: String
      /// The largest allowed absolute deviation of an element.
      public let tolMaxAbs: Double
      /// The largest allowed root mean square deviation.
      public let tolRms: Double
    }

    /// What can be compared in a case.
    public enum Kind: Sendable {
      /// One forward pass with its intermediate activations.
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
    /// Tensor names by role.
    public let inputs: [String: String]
    /// Golden tensors and tolerances by role.
    public let outputs: [String: Output]
    /// The settings of the case.
    public let params: Parameters

    /// What can be compared in this case, derived from the parameters that it has.
    public var kind: Kind {
      if params.modules != nil { return .norms }
      if params.lr != nil { return .optimizerSteps }
      if params.steps != nil { return .sampling }
      return params.parameterOrder == nil ? .forward : .loss
    }

    /// The checkpoint name of the norm that an output of a case of norms comes from.
    public func norm(of role: String) -> String? {
      params.modules?[role].map { String($0.prefix { $0 != " " }) }
    }
  }

  /// The settings of a case; those that do not matter are absent.
  public struct Parameters: Decodable {
    /// The weights of loss terms.
    public struct Coefficients: Decodable {
      /// The weight of the alignment with a teacher.
      public let proj: Double
      /// The weight of the class token's error.
      public let cls: Double
      /// The weight of the contrastive term.
      public let cfm: Double
    }

    // MARK: The network

    /// Whether the middle blocks were skipped, in evaluation.
    public let uncond: Bool?
    /// Whether the middle blocks were skipped, in training.
    public let pathDrop: Bool?
    /// The prediction target: `x` or `v`.
    public let output: String?
    /// The norm by role: its module, followed by a remark in brackets.
    public let modules: [String: String]?

    // MARK: The loss

    /// The parameters of the rows in `grad_norms` and `moved`, in order.
    public let parameterOrder: [String]?
    /// The parameters whose gradient is zero or absent.
    public let exactlyZeroGradient: [String]?
    /// The weights of the loss terms.
    public let coefficients: Coefficients?
    /// The lower bound of the divisor when clean data is converted to velocity.
    public let tEps: Double?
    /// The standard deviation of the noise.
    public let noiseScale: Double?
    /// The standard deviation of the data, for EDM.
    public let sigmaData: Double?
    /// The mean of the logarithm of the noise level, for EDM.
    public let pMean: Double?
    /// The standard deviation of the logarithm of the noise level, for EDM.
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
    /// The maximum global norm of the gradients.
    public let gradientClip: Double?
    /// The decay of the moving average.
    public let emaDecay: Double?

    // MARK: The sampler

    /// The number of optimizer or solver steps.
    public let steps: Int?
    /// The solver.
    public let method: String?
    /// The factor of the time shift.
    public let shift: Double?
    /// The guidance scale.
    public let cfgScale: Double?
    /// The guidance scale of the class token.
    public let clsCfgScale: Double?
    /// The smallest time with guidance.
    public let guidanceLow: Double?
    /// The largest time with guidance.
    public let guidanceHigh: Double?
    /// The lower limit of the guidance interval, in JLT's time convention.
    public let intervalLow: Double?
    /// The upper limit of the guidance interval, in JLT's time convention.
    public let intervalHigh: Double?
    /// Whether the unconditional pass skips the middle blocks.
    public let nullBranchUsesPathDrop: Bool?
    /// The times of the evaluations, in order.
    public let evaluationTimes: [Double]?
    /// Which of the evaluations are guided.
    public let guidedEvaluation: [Bool]?
    /// Which steps are guided.
    public let guidedStep: [Bool]?
  }
}
