import Diagnostics
import Foundation
import Nets
import Tensors

/// Golden numbers of a reference implementation: tensors, cases and tolerances of one manifest entry.
public struct GoldenFixture {
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
      enum CodingKeys: String, CodingKey {
        case tensor
        case tolMaxAbs = "tol_max_abs"
        case tolRms = "tol_rms"
      }
    }
    /// The name of the case.
    public let id: String
    /// Role to tensor name.
    public let inputs: [String: String]
    /// Role to golden tensor and tolerances.
    public let outputs: [String: Output]
    /// What the case was run with.
    public let params: Parameters
  }

  /// The parameters of a case that our tests read.
  public struct Parameters: Decodable {
    /// The parameters that `grad_norms` and `moved` count, in order.
    public let parameterOrder: [String]?
    /// Optimizer or solver steps.
    public let steps: Int?
    /// The strength of the guidance.
    public let cfgScale: Double?
    /// The least time with guidance.
    public let guidanceLow: Double?
    /// The greatest time with guidance.
    public let guidanceHigh: Double?
    /// The factor of the time shift.
    public let shift: Double?
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
    /// The times of the evaluations, in order.
    public let evaluationTimes: [Double]?
    /// Which of the evaluations are guided.
    public let guidedEvaluation: [Bool]?
    /// The end of the interval without guidance, by JLT's clock.
    public let intervalLow: Double?
    /// The end of the interval with guidance, by JLT's clock.
    public let intervalHigh: Double?
    /// The parameters whose gradient is zero or absent.
    public let exactlyZeroGradient: [String]?
    /// The strength of the class token's guidance.
    public let clsCfgScale: Double?
    /// Whether the null pass skips the middle blocks.
    public let nullBranchUsesPathDrop: Bool?
    /// Which steps are guided.
    public let guidedStep: [Bool]?
    enum CodingKeys: String, CodingKey {
      case parameterOrder = "parameter_order"
      case exactlyZeroGradient = "exactly_zero_gradient"
      case clsCfgScale = "cls_cfg_scale"
      case nullBranchUsesPathDrop = "null_branch_uses_path_drop"
      case guidedStep = "guided_step"
      case evaluationTimes = "evaluation_times"
      case guidedEvaluation = "guided_evaluation"
      case steps, shift, lr, betas, eps
      case cfgScale = "cfg_scale"
      case guidanceLow = "guidance_low"
      case guidanceHigh = "guidance_high"
      case weightDecay = "weight_decay"
      case gradientClip = "gradient_clip"
      case emaDecay = "ema_decay"
      case intervalLow = "interval_low"
      case intervalHigh = "interval_high"
    }
  }

  private struct Manifest: Decodable {
    struct File: Decodable { let path: String }
    struct Entry: Decodable {
      let name: String
      let files: [String: File]
      let cases: [Case]?
    }
    let fixtures: [Entry]
  }

  /// The reference's state dictionary.
  public let weights: [String: Tensor]
  private let name: String
  private let values: SafetensorsFile
  private let cases: [Case]

  /// Whether a folder has a fixture of this name, for the condition of a test.
  public static func exists(_ name: String, in folder: URL?) -> Bool {
    guard let folder else { return false }
    return FileManager.default.fileExists(
      atPath: folder.appendingPathComponent("\(name).cases.safetensors").path)
  }

  /// Reads the manifest entry `name` of a fixture folder.
  public init(_ name: String, in folder: URL?) throws {
    guard let folder else {
      throw PeregrineError(.missingInput, doing: "reading fixture \(name)", found: "no folder")
    }
    let manifest = try JSONDecoder().decode(
      Manifest.self, from: Data(contentsOf: folder.appendingPathComponent("manifest.json")))
    guard let entry = manifest.fixtures.first(where: { $0.name == name }),
      let weights = entry.files["weights"], let cases = entry.files["cases"]
    else {
      throw PeregrineError(.missingInput, doing: "reading fixture \(name)", found: "no such entry")
    }
    self.name = name
    self.weights = try SafetensorsFile(folder.appendingPathComponent(weights.path)).tensors()
    values = try SafetensorsFile(folder.appendingPathComponent(cases.path))
    self.cases = entry.cases ?? []
  }

  /// The case of this name.
  public func `case`(_ id: String) throws -> Case {
    guard let found = cases.first(where: { $0.id == id }) else {
      throw PeregrineError(.missingInput, doing: "reading a fixture", found: "no case \(id)")
    }
    return found
  }

  /// An input of a case.
  public func input(_ role: String, of golden: Case) throws -> Tensor {
    try values.tensor(golden.inputs[role] ?? role)
  }

  /// The golden values of an output.
  public func output(_ role: String, of golden: Case) throws -> Tensor {
    try values.tensor(golden.outputs[role]?.tensor ?? role)
  }

  /// How far `actual` is from the golden output, relative to the stated tolerances: at most 1 passes.
  ///
  /// Prints the worst error, so that a passing test still says how close it is.
  public func deviation(_ role: String, of golden: Case, _ actual: Tensor) throws -> Double {
    guard let output = golden.outputs[role] else {
      throw PeregrineError(.missingInput, doing: "comparing", found: "no output \(role)")
    }
    let expected = try values.tensor(output.tensor).scalars(Double.self)
    let found = try actual.detached().scalars(Double.self)
    guard expected.count == found.count else { return .infinity }
    let errors = zip(expected, found).map { abs($0 - $1) }
    let worst = errors.max() ?? 0
    let rms = (errors.map { $0 * $0 }.reduce(0, +) / Double(max(errors.count, 1))).squareRoot()
    print(
      "parity \(name) \(golden.id) \(role): max \(worst) of \(output.tolMaxAbs), rms \(rms) of \(output.tolRms)"
    )
    guard worst.isFinite else { return .infinity }
    return max(worst / output.tolMaxAbs, rms / output.tolRms)
  }
}
