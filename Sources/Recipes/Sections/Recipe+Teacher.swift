import Encoding
import Foundation
import Models
import Tensors

extension Recipe {
  /// The teacher: a frozen network whose features are used in training.
  public struct TeacherChoice: Codable, Equatable, Sendable {
    /// The feature network, such as `mobilenet-v2@128`; empty for none. If a latent cache contains
    /// its features, they are read from there.
    public var network = ""
    /// The file with its weights, if features are computed during training.
    public var weights = ""
  }

  /// Whether a part of the loss needs the teacher.
  package var needsTeacher: Bool { lossTerms.contains { $0.needs.teacher } }

  /// Makes the teacher; `nil` if no part of the loss needs one.
  package func makeTeacher(for data: DataDescription) throws -> Teacher? {
    guard needsTeacher else { return nil }
    let configuration = try Backbones.configuration(
      preset: model.preset, item: data.summary.itemShape, conditions: data.summary.conditions)
    return try Teacher(
      teacher.network,
      weights: teacher.weights.isEmpty ? nil : URL(fileURLWithPath: teacher.weights),
      data: data.summary, grid: configuration.shape.grid,
      device: Device(named: training.device))
  }
}
