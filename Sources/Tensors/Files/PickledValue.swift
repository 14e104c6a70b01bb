/// A value of a Python pickle, as far as PyTorch files need it. Values inside of others are given by
/// their places in ``PickledValues``.
enum PickledValue {
  case truth(Bool)
  case integer(Int)
  case text(String)
  case tuple([Int])
  /// Later opcodes may still extend it.
  case list([Int])
  /// Keys and values in turn, in insertion order. Later opcodes may still extend it.
  case dictionary([Int])
  /// A class or function, as `module.name`.
  case global(String)
  case storage(PickledStorage)
  case tensor(PickledTensor)
  /// None, other numbers, bytes, and objects of unknown classes.
  case other

  /// How a dictionary's key appears in a flattened name.
  var name: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    default: nil
    }
  }
}

/// All values of a pickle in one array, so that neither deep nesting nor values that contain
/// themselves need recursion.
struct PickledValues {
  private var all: [PickledValue] = [.other]

  /// The place of every value that is of no use.
  static let other = 0
  /// Files of weights need some thousands.
  static let most = 2_000_000

  subscript(place: Int) -> PickledValue { all[place] }

  /// Adds a value and returns its place; `nil` when there are too many.
  mutating func add(_ value: PickledValue) -> Int? {
    if case .other = value { return Self.other }
    guard all.count < Self.most else { return nil }
    all.append(value)
    return all.count - 1
  }

  /// Extends a list, or a dictionary by keys and values in turn; other objects keep nothing.
  mutating func extend(_ place: Int, by items: [Int]) {
    let value = all[place]
    all[place] = .other  // so that the items have one owner and are extended in place
    switch value {
    case .list(var old):
      old += items
      all[place] = .list(old)
    case .dictionary(var old):
      old += items
      all[place] = .dictionary(old)
    default: all[place] = value
    }
  }
}
