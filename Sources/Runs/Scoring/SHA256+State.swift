import Crypto
import Foundation
import Tensors

extension SHA256 {
  /// Hashes the names and values of a model's state.
  mutating func update(_ state: [(name: String, tensor: Tensor)]) throws {
    for (name, tensor) in state {
      update(data: Data(name.utf8))
      update(data: Data(try tensor.bytes()))
    }
  }
}
