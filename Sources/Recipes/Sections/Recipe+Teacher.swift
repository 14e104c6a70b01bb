import Encoding
import Foundation
import Models
import Tensors

extension Recipe {
  /// The frozen network whose features the model is trained with.
  public struct TeacherChoice: Codable, Equatable, Sendable {
    /// The feature network: `mobilenet-v2@128`; empty for none. Features that a latent cache holds are
    /// taken from it.
    public var network = ""
    /// The file of its weights, where the features are computed on the fly.
    public var weights = ""
  }

  /// Whether a part of the loss needs the teacher.
  package var needsTeacher: Bool { lossTerms.contains { $0.needs.teacher } }

  /// The teacher, when a part of the loss needs one.
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
