import Models
import Tensors

/// A method that draws samples from a trained backbone.
public protocol Generator {
  /// Draws the samples of a request.
  ///
  /// - Returns: `[samples] + itemShape` on the request's device.
  /// - Throws: ``PeregrineError`` `.usage` for a request that the backbone cannot serve,
  ///   `.nonFinite` if samples contain NaN or infinity.
  func sample(_ backbone: any Backbone, _ request: SampleRequest) throws -> Tensor
}
