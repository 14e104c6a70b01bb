import Models
import Tensors

/// Whatever draws samples from a trained backbone.
public protocol Generator {
  /// Draws the samples of a request.
  ///
  /// - Returns: `[samples] + itemShape` on the request's device.
  /// - Throws: ``PeregrineError`` `.usage` for a request that the backbone cannot meet, `.nonFinite` when
  ///   the samples left the numbers.
  func sample(_ backbone: any Backbone, _ request: SampleRequest) throws -> Tensor
}
