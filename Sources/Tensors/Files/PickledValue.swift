import CTorch

/// A value of a Python pickle, as far as PyTorch files need it.
enum PickledValue {
  case integer(Int)
  case text(String)
  case tuple([PickledValue])
  case list(PickledList)
  case dictionary(PickledDictionary)
  /// A class or function, as `module.name`.
  case global(String)
  case storage(PickledStorage)
  case tensor(PickledTensor)
  /// None, other numbers, bytes, and objects of unknown classes.
  case other
}

/// A list that later opcodes may still extend.
final class PickledList {
  var items: [PickledValue] = []
}

/// A dictionary that later opcodes may still extend; in insertion order.
final class PickledDictionary {
  var entries: [(key: PickledValue, value: PickledValue)] = []
}

/// The raw numbers that tensors are views of: one record of the archive.
struct PickledStorage {
  /// The record's name below `data/`.
  let key: String
  /// The element type's number on the C side.
  let elementType: Int32

  /// The storage of a class such as `torch.FloatStorage`, or `nil` for element types that are not
  /// supported.
  init?(key: String, className: String) {
    guard let type = Self.elementTypes[className] else { return nil }
    self.key = key
    elementType = Int32(type)
  }

  private static let elementTypes = [
    "torch.DoubleStorage": CT_FLOAT64, "torch.FloatStorage": CT_FLOAT32,
    "torch.BFloat16Storage": CT_BFLOAT16, "torch.HalfStorage": CT_FLOAT16,
    "torch.LongStorage": CT_INT64, "torch.ByteStorage": CT_UINT8, "torch.BoolStorage": CT_BOOL,
    "torch.IntStorage": CT_STORED_INT32, "torch.ShortStorage": CT_STORED_INT16,
    "torch.CharStorage": CT_STORED_INT8,
  ]
}

/// A tensor as a view of a storage; all sizes are counted in elements.
struct PickledTensor {
  let storage: PickledStorage
  let offset: Int
  let sizes: [Int]
  let strides: [Int]
}

extension PickledValue {
  /// The result of calling a global. Only the calls that rebuild tensors and dictionaries are
  /// known.
  static func calling(_ function: PickledValue, _ arguments: PickledValue) -> PickledValue {
    guard case .global(let name) = function, case .tuple(let arguments) = arguments else {
      return .other
    }
    switch (name, arguments.count) {
    case ("torch._utils._rebuild_tensor_v2", 4...), ("torch._utils._rebuild_tensor", 4...):
      return tensor(arguments)
    case ("torch._utils._rebuild_parameter", 1...),
      ("torch._utils._rebuild_parameter_with_state", 1...):
      return arguments[0]
    case ("torch._tensor._rebuild_from_type_v2", 3...):
      return calling(arguments[0], arguments[2])
    case ("collections.OrderedDict", _), ("collections.defaultdict", _):
      return .dictionary(PickledDictionary())
    default:
      return .other
    }
  }

  private static func tensor(_ arguments: [PickledValue]) -> PickledValue {
    guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let sizes = arguments[2].integers, let strides = arguments[3].integers
    else { return .other }
    return .tensor(
      PickledTensor(storage: storage, offset: offset, sizes: sizes, strides: strides))
  }

  /// The storage referenced by a persistent identifier: `("storage", class, key, device, count)`.
  static func persistent(_ identifier: PickledValue) -> PickledValue {
    guard case .tuple(let parts) = identifier, parts.count >= 3,
      case .text("storage") = parts[0], case .global(let className) = parts[1],
      case .text(let key) = parts[2]
    else { return .other }
    return PickledStorage(key: key, className: className).map(PickledValue.storage) ?? .other
  }

  /// The elements of a tuple of integers.
  private var integers: [Int]? {
    guard case .tuple(let items) = self else { return nil }
    let numbers = items.compactMap { item -> Int? in
      if case .integer(let number) = item { number } else { nil }
    }
    return numbers.count == items.count ? numbers : nil
  }

  /// How a dictionary's key appears in a flattened name.
  var name: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    default: nil
    }
  }
}
