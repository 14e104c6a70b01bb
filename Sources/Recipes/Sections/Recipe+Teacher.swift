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
  package var needsTeacher: Bool { alignment.weight > 0 || classToken.weight > 0 }

  /// The teacher, when a part of the loss needs one.
  package func makeTeacher(for data: DataDescription) throws -> Teacher? {
    guard needsTeacher else { return nil }
    let shape = data.summary.itemShape
    let configuration = try Backbones.configuration(
      preset: model.preset, channels: shape[0], side: shape[1],
      classCount: data.summary.classNames.count)
    return try Teacher(
      teacher.network,
      weights: teacher.weights.isEmpty ? nil : URL(fileURLWithPath: teacher.weights),
      data: data.summary, grid: shape[1] / configuration.shape.patch,
      device: Device(named: training.device))
  }
}
