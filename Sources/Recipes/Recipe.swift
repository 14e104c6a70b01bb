import DiffusionMath
import Encoding
import Evaluation
import Models
import Sampling
import Tensors

/// Everything a training run is made from. In YAML each key is the `snake_case` form of the property.
///
/// Every key has a default, so a recipe states only what it cares about; ``RecipeLayers`` records where
/// each value came from. Amounts of training are counted in images.
public struct Recipe: Codable, Equatable, Sendable {
  /// The network.
  public var model = Model()
  /// What is learned from.
  public var data = Data()
  /// What is minimised.
  public var objective = Objective()
  /// The frozen network whose features the model is trained with.
  public var teacher = TeacherChoice()
  /// The alignment of tokens with the teacher's (REPA).
  public var alignment = Alignment()
  /// The class token that is denoised beside each item (REG).
  public var classToken = ClassToken()
  /// The distance from other items' velocities (contrastive flow matching).
  public var contrastive = Contrastive()
  /// Which tokens are computed while training.
  public var routing = Routing()
  /// How weights move.
  public var optimizer = Optimizer()
  /// How long, on what, in which numbers.
  public var training = Training()
  /// When something is done besides training.
  public var schedule = Schedule()
  /// The sample grids drawn during training.
  public var preview = Preview()
  /// The scores measured during training.
  public var evaluation = EvaluationSettings()

  /// What is learned from.
  public struct Data: Codable, Equatable, Sendable {
    /// `shapes`, a latent cache, an `.npy` prefix, or a folder of pictures.
    public var path = "shapes"
    /// The side that pictures are cropped to; 0 keeps what the data has.
    public var size = 0
    /// Whether every other picture on average is mirrored.
    public var flip = false
    /// How many items are held out for the validation loss, which is taken at uniform times.
    public var validationCount = 256
    /// Chooses the held-out items, their noise and times: the same for runs of other training seeds.
    public var validationSeed: UInt64 = 0
    /// How latents are scaled: by the `statistics` of their cache, mean 0 and deviation 1 per channel; as
    /// their `autoencoder` was published; or `none`.
    public var scaling = LatentScalingSource.statistics
    /// The autoencoder of latents that do not come in a cache of ours, such as `invae`.
    public var autoencoder = ""
    /// The file of its weights.
    public var autoencoderWeights = ""
    /// Threads that load data.
    public var workers = 1
    enum CodingKeys: String, CodingKey {
      case path, size, flip
      case validationCount = "validation_count"
      case validationSeed = "validation_seed"
      case scaling
      case autoencoder
      case autoencoderWeights = "autoencoder_weights"
      case workers
    }
  }

  /// What is minimised.
  public struct Objective: Codable, Equatable, Sendable {
    /// The path from data to noise.
    public var path = DiffusionPath.linear
    /// What the network's output means.
    public var prediction = PredictionTarget.velocity
    /// The space of the squared error.
    public var loss = PredictionTarget.velocity
    /// The least divisor when the prediction is converted; 0 is exact.
    public var floor = 0.0
    /// The distribution of training times.
    public var time = Time.uniform
    /// The mean of the logit of time, for `logit_normal`; 0 is data, so positive means noisier.
    public var timeMean = 0.0
    /// The standard deviation of the logit of time, for `logit_normal`.
    public var timeDeviation = 1.0
    /// The factor of the time shift, in training and sampling; 1 is none.
    public var timeShift = 1.0
    /// The probability that a label is dropped, for guidance.
    public var labelDrop = 0.1
    /// The weight of the predicted velocity's direction; 0 is off, LightningDiT has 1.
    public var directionWeight = 0.0
    /// The deviation of the noise, in training and sampling; JiT has the picture's side over 256.
    public var noiseScale = 1.0
    /// How many draws of noise each item chooses the nearest of; 1 takes the first.
    public var noiseCandidates = 1

    /// A family of time distributions.
    public enum Time: String, CaseIterable, Codable, Sendable {
      case uniform
      case logitNormal = "logit_normal"
    }
    enum CodingKeys: String, CodingKey {
      case path, prediction, loss, floor, time
      case timeMean = "time_mean"
      case timeDeviation = "time_deviation"
      case timeShift = "time_shift"
      case labelDrop = "label_drop"
      case directionWeight = "direction_weight"
      case noiseScale = "noise_scale"
      case noiseCandidates = "noise_candidates"
    }
  }

  /// How weights move.
  public struct Optimizer: Codable, Equatable, Sendable {
    /// AdamW alone, or Muon for the matrices inside the transformer and AdamW for the rest.
    public var method = Method.adamW
    /// The peak learning rate of AdamW.
    public var learningRate = 1e-4
    /// Images over which the rate grows linearly from 0.
    public var warmupImages = 0
    /// Images at the end over which the rate falls linearly to 0.
    public var cooldownImages = 0
    /// The decay of the first moment.
    public var beta1 = 0.9
    /// The decay of the second moment.
    public var beta2 = 0.999
    /// Added to the root of the second moment.
    public var epsilon = 1e-8
    /// Decoupled weight decay, relative to the learning rate.
    public var weightDecay = 0.0
    /// The peak learning rate of Muon, which follows the same warm-up and cool-down.
    public var muonLearningRate = 1e-3
    /// The decay of Muon's momentum.
    public var muonMomentum = 0.95
    /// Decoupled weight decay of what Muon moves, relative to its learning rate.
    public var muonWeightDecay = 0.0
    /// The greatest joint norm of the gradients; 0 does not clip.
    public var gradientClip = 1.0
    /// The decay of the moving average per step.
    public var emaDecay = 0.9999
    /// Whether the average follows faster at first: decay at most (1 + step) / (10 + step).
    public var emaWarmup = false
    /// Relative lengths of the power-function averages that are kept for `ema-sweep`, such as
    /// `0.05, 0.10`; empty for none. See `schedule.snapshot_every_images`.
    public var emaProfiles = ""

    /// An optimizer.
    public enum Method: String, CaseIterable, Codable, Sendable {
      case adamW = "adamw"
      case muon
    }
    enum CodingKeys: String, CodingKey {
      case method
      case learningRate = "learning_rate"
      case warmupImages = "warmup_images"
      case cooldownImages = "cooldown_images"
      case beta1, beta2, epsilon
      case weightDecay = "weight_decay"
      case muonLearningRate = "muon_learning_rate"
      case muonMomentum = "muon_momentum"
      case muonWeightDecay = "muon_weight_decay"
      case gradientClip = "gradient_clip"
      case emaDecay = "ema_decay"
      case emaWarmup = "ema_warmup"
      case emaProfiles = "ema_profiles"
    }
  }

  /// How long, on what, in which numbers.
  public struct Training: Codable, Equatable, Sendable {
    /// How many images are seen in all.
    public var images = 1_000_000
    /// Images per optimizer step.
    public var globalBatchSize = 256
    /// Images per forward pass; 0 takes the whole batch at once. On a CPU, micro-batches run side by
    /// side, which is faster for small models.
    public var microBatchSize = 0
    /// The dtype of matrix products; weights are kept in float32 (float64 for `float64`).
    public var precision = Precision.bfloat16
    /// `cpu`, `cuda` or `cuda:N`.
    public var device = "cpu"
    /// CPU threads; 0 takes all cores.
    public var threads = 0
    /// Keys all randomness but the choice of what is held out.
    public var seed: UInt64 = 0
    /// The least time of a step: faster ones rest for what is left, which leaves a shared machine to others.
    public var leastStepSeconds = 0.0

    /// The numbers that a network computes in.
    public enum Precision: String, CaseIterable, Codable, Sendable {
      case bfloat16, float32, float64
    }
    enum CodingKeys: String, CodingKey {
      case images
      case globalBatchSize = "global_batch_size"
      case microBatchSize = "micro_batch_size"
      case precision, device, threads, seed
      case leastStepSeconds = "least_step_seconds"
    }
  }

  /// When something is done besides training; 0 never.
  public struct Schedule: Codable, Equatable, Sendable {
    /// Images between two lines of the log.
    public var logEveryImages = 2_560
    /// Images between two validation losses.
    public var validateEveryImages = 51_200
    /// Images between two sample grids.
    public var previewEveryImages = 51_200
    /// Images between two evaluations; see `evaluation`.
    public var evaluateEveryImages = 0
    /// Images between two checkpoints.
    public var checkpointEveryImages = 51_200
    /// Images between two snapshots of the averages of `optimizer.ema_profiles`.
    public var snapshotEveryImages = 0
    /// How many of the newest checkpoints are kept.
    public var keepCheckpoints = 2
    /// A checkpoint at a multiple of so many images is kept for good.
    public var keepEveryImages = 0
    enum CodingKeys: String, CodingKey {
      case logEveryImages = "log_every_images"
      case validateEveryImages = "validate_every_images"
      case previewEveryImages = "preview_every_images"
      case evaluateEveryImages = "evaluate_every_images"
      case checkpointEveryImages = "checkpoint_every_images"
      case snapshotEveryImages = "snapshot_every_images"
      case keepCheckpoints = "keep_checkpoints"
      case keepEveryImages = "keep_every_images"
    }
  }

  /// The sample grids drawn during training, always from the same noise and classes.
  public struct Preview: DrawingSettings, Codable, Equatable, Sendable {
    /// Pictures per grid.
    public var count = 16
    /// The numerical method.
    public var solver = Solver.heun
    /// The solver's steps.
    public var steps = 25
    /// The factor of the time shift of the solver's grid; 0 takes the training's.
    public var timeShift = 0.0
    /// The guidance scale; 1 is none.
    public var guidance = 1.0
    /// No guidance at times below this.
    public var guidanceLow = 0.0
    /// No guidance at times above this.
    public var guidanceHigh = 1.0
    /// What makes the weak prediction weak that guidance leads away from.
    public var guidanceSource = GuidanceSource.label
    /// The shares of tokens that skip in the strong and in the weak prediction, for guidance by routes.
    public var guidanceRates = "0.5, 0.9"
    /// The guidance scale of the class token; 0 leaves it alone.
    public var classTokenGuidance = 0.0
    enum CodingKeys: String, CodingKey {
      case count, solver, steps
      case timeShift = "time_shift"
      case guidance
      case guidanceLow = "guidance_low"
      case guidanceHigh = "guidance_high"
      case guidanceSource = "guidance_source"
      case guidanceRates = "guidance_rates"
      case classTokenGuidance = "class_token_guidance"
    }
  }

  /// The scores measured during training, of pictures drawn with the averaged weights.
  public struct EvaluationSettings: DrawingSettings, Codable, Equatable, Sendable {
    /// What pictures are compared with: a dataset, a folder, or an `.npz`.
    public var against = ""
    /// The side that the reference's pictures are cropped to; 0 keeps them as they are.
    public var size = 0
    /// The scores, separated by commas: `kid,fd`.
    public var metrics = "kid"
    /// The feature network: `mobilenet-v2@128`.
    public var features = ""
    /// The file of its weights.
    public var weights = ""
    /// The folder that features are kept in; empty for the user's cache.
    public var cache = ""
    /// Pictures drawn for each evaluation.
    public var count = 1_000
    /// Which classes they are asked for.
    public var labels = LabelPolicy.balanced
    /// The seed of their noise and classes; the same pictures each time.
    public var seed: UInt64 = 0
    /// Pictures per block of the kernel distance; 0 for 1,000, or so few that there are five blocks.
    public var blockSize = 0
    /// The fewest pictures of a subset for `fd_infinity`.
    public var smallestSubset = 5_000
    /// Whether distances of fewer pictures than twice the features' width are measured all the same.
    public var allowFewSamples = false
    /// The numerical method.
    public var solver = Solver.heun
    /// The solver's steps.
    public var steps = 25
    /// The factor of the time shift of the solver's grid; 0 takes the training's.
    public var timeShift = 0.0
    /// The guidance scale; 1 is none.
    public var guidance = 1.0
    /// No guidance at times below this.
    public var guidanceLow = 0.0
    /// No guidance at times above this.
    public var guidanceHigh = 1.0
    /// What makes the weak prediction weak that guidance leads away from.
    public var guidanceSource = GuidanceSource.label
    /// The shares of tokens that skip in the strong and in the weak prediction, for guidance by routes.
    public var guidanceRates = "0.5, 0.9"
    /// The guidance scale of the class token; 0 leaves it alone.
    public var classTokenGuidance = 0.0
    enum CodingKeys: String, CodingKey {
      case against, size, metrics, features, weights, cache, count, labels, seed
      case blockSize = "block_size"
      case smallestSubset = "smallest_subset"
      case allowFewSamples = "allow_few_samples"
      case solver, steps
      case timeShift = "time_shift"
      case guidance
      case guidanceLow = "guidance_low"
      case guidanceHigh = "guidance_high"
      case guidanceSource = "guidance_source"
      case guidanceRates = "guidance_rates"
      case classTokenGuidance = "class_token_guidance"
    }
  }

  /// Every default.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case model, data, objective, teacher, alignment
    case classToken = "class_token"
    case contrastive, routing, optimizer, training, schedule, preview, evaluation
  }

  /// The texts that a key with a closed set of values accepts.
  static let choices: [String: [String]] = [
    "data.scaling": LatentScalingSource.allCases.map(\.rawValue),
    "objective.path": DiffusionPath.allCases.map(\.rawValue),
    "objective.prediction": PredictionTarget.allCases.map(\.rawValue),
    "objective.loss": PredictionTarget.allCases.map(\.rawValue),
    "objective.time": Objective.Time.allCases.map(\.rawValue),
    "optimizer.method": Optimizer.Method.allCases.map(\.rawValue),
    "routing.method": Routing.Method.allCases.map(\.rawValue),
    "model.norm": NormKind.allCases.map(\.rawValue),
    "model.feed_forward": BackboneOptions.FeedForward.allCases.map(\.rawValue),
    "preview.guidance_source": GuidanceSource.allCases.map(\.rawValue),
    "evaluation.guidance_source": GuidanceSource.allCases.map(\.rawValue),
    "routing.selection": TREAD.Selection.allCases.map(\.rawValue),
    "training.precision": Training.Precision.allCases.map(\.rawValue),
    "preview.solver": Solver.allCases.map(\.rawValue),
    "evaluation.labels": LabelPolicy.allCases.map(\.rawValue),
    "evaluation.solver": Solver.allCases.map(\.rawValue),
  ]
}
