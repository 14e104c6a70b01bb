import ArgumentParser
import Diagnostics

extension Bounds {
  /// Refuses an option's number that is out of bounds; for `validate()`.
  func require(_ value: Value?, of option: String) throws {
    guard let value, !contains(value) else { return }
    throw ValidationError("\(option) must be \(words); it is \(value).")
  }
}
