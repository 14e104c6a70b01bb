import Objectives
import Tensors

/// The loss values of a step, still on the device.
struct PendingStep {
  let step: Int
  let images: Int
  private let termNames: [String]
  private let times: [Double]
  /// Gradient norm, total, terms, then the loss of each image.
  private let numbers: Tensor

  init(
    step: Int, images: Int, gradientNorm: Tensor, _ parts: [(value: ObjectiveValue, share: Double)]
  ) throws {
    self.step = step
    self.images = images
    termNames = parts[0].value.terms.map(\.name)
    times = parts.flatMap(\.value.times)
    func weighted(_ pick: (ObjectiveValue) -> Tensor) throws -> Tensor {
      let shares = try parts.map { try pick($0.value).detached().to(.float64) * $0.share }
      return try shares.dropFirst().reduce(shares[0]) { try $0 + $1 }.reshaped([1])
    }
    let terms = try termNames.indices.map { index in try weighted { $0.terms[index].value } }
    let perImage = try parts.map { try $0.value.perImage.detached().to(.float64) }
    numbers = try Tensor.concatenated(
      [gradientNorm.to(.float64).reshaped([1]), weighted(\.total)] + terms + perImage, dim: 0)
  }

  static func read(_ steps: [PendingStep]) throws -> [StepRecord] {
    guard !steps.isEmpty else { return [] }
    var rest = try Tensor.concatenated(steps.map(\.numbers), dim: 0).scalars(Double.self)[...]
    return steps.map { step in
      let norm = rest.removeFirst()
      let total = rest.removeFirst()
      let terms = step.termNames.map { ($0, rest.removeFirst()) }
      let perImage = Array(rest.prefix(step.times.count))
      rest = rest.dropFirst(step.times.count)
      return StepRecord(
        step: step.step, images: step.images, total: total,
        terms: Dictionary(uniqueKeysWithValues: terms), gradientNorm: norm, perImage: perImage,
        times: step.times)
    }
  }
}
