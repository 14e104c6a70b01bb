import Diagnostics

/// A tensor of a pickle, under the keys and indices that lead to it, joined by ".".
typealias NamedPickledTensor = (name: String, tensor: PickledTensor)

extension PickledValues {
  /// All tensors inside a value.
  ///
  /// - Parameter size: the bytes of the pickle. Values may occur many times, even inside themselves, so
  ///   the size limits how often they are looked at.
  func tensors(in place: Int, size: Int) throws -> [NamedPickledTensor] {
    var search = TensorSearch(values: self, size: size)
    try search.add(place, name: "", depth: 0)
    return search.tensors
  }
}

/// Walks through a value and collects its tensors under joined names.
private struct TensorSearch {
  private(set) var tensors: [NamedPickledTensor] = []
  private let values: PickledValues
  /// How many more values are looked at, and how many bytes of names are made.
  private var visits: Int
  private var nameBytes: Int

  private static let deepest = 64

  init(values: PickledValues, size: Int) {
    self.values = values
    visits = min(size, 1 << 24) * 8 + 1_000
    nameBytes = min(size, 1 << 24) * 64 + 1_000_000
  }

  mutating func add(_ place: Int, name: String, depth: Int) throws {
    visits -= 1
    nameBytes -= name.utf8.count
    guard depth < Self.deepest else {
      throw Self.failure(
        found: "values nested more than \(Self.deepest) deep",
        advice: "No state dictionary is nested so deeply: this file is of another kind, or was "
          + "damaged on purpose. Name another file.")
    }
    guard visits >= 0, nameBytes >= 0 else {
      throw Self.failure(
        found: "values that contain each other, again and again",
        advice: "No state dictionary does so: this file is of another kind, or was damaged on "
          + "purpose. Name another file.")
    }
    let prefix = name.isEmpty ? "" : name + "."
    switch values[place] {
    case .tensor(let tensor):
      tensors.append((name, tensor))
    case .dictionary(let items):
      for index in stride(from: 0, to: items.count - 1, by: 2) {
        guard let key = values[items[index]].name else { continue }
        try add(items[index + 1], name: prefix + key, depth: depth + 1)
      }
    case .list(let items), .tuple(let items):
      for (index, item) in items.enumerated() {
        try add(item, name: prefix + String(index), depth: depth + 1)
      }
    default: break
    }
  }

  private static func failure(found: String, advice: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: "collecting its tensors", found: found,
      expected: "dictionaries and lists of tensors", advice: advice)
  }
}
