import Models
import Tensors

/// Inputs for a backbone: states, times and classes.
public struct ModelInput {
  /// `[rows] + itemShape`.
  public let state: Tensor
  /// `[rows]`.
  public let time: Tensor
  /// `[rows]` int64, including "no class".
  public let labels: Tensor
  /// The labels as conditions.
  public var conditions: Conditions { Conditions(labels: labels) }
  /// The state, with a class token if the backbone has one.
  public let diffusionState: DiffusionState

  /// Creates inputs that differ in each row.
  public init(rows: Int, of model: any Backbone, dtype: DType = .float32) throws {
    state = try PlainArray.example([rows] + model.itemShape.dimensions).tensor(dtype)
    time = try PlainArray([rows]) { 0.1 + 0.8 * Double($0[0]) / Double(rows) }.tensor(dtype)
    let entries = (model.conditions.classes ?? 0) + 1
    labels = try Tensor((0..<rows).map { Int64($0 % entries) }, shape: [rows])
    diffusionState = DiffusionState(
      state,
      classToken: try model.classTokenWidth.map {
        try PlainArray.example([rows, $0], phase: 0.4).tensor(dtype)
      })
  }
}
