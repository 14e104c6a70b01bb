extension PickledValues {
  /// The result of a call.
  enum Result {
    /// A value that exists already.
    case known(Int)
    case made(PickledValue)
  }

  /// The result of calling a global. Only the calls that rebuild tensors and dictionaries are
  /// known.
  func calling(_ function: Int, _ arguments: Int) -> Result {
    guard case .global(let name) = self[function], case .tuple(let parts) = self[arguments] else {
      return .known(Self.other)
    }
    switch (name, parts.count) {
    case ("torch._utils._rebuild_tensor_v2", 4...), ("torch._utils._rebuild_tensor", 4...):
      return .made(tensor(parts))
    case ("torch._utils._rebuild_tensor_v3", 7...):
      guard case .global(let type) = self[parts[6]] else { return .known(Self.other) }
      return .made(tensor(parts, element: PickledTensor.namedElements[type], isTyped: true))
    case ("torch._utils._rebuild_parameter", 1...),
      ("torch._utils._rebuild_parameter_with_state", 1...):
      return .known(parts[0])
    case ("torch._tensor._rebuild_from_type_v2", 3...):
      return rebuilding(parts[0], parts[2])
    case ("collections.OrderedDict", _), ("collections.defaultdict", _):
      return .made(.dictionary([]))
    default:
      return .known(Self.other)
    }
  }

  /// The call inside of `_rebuild_from_type_v2`, which is never another of its kind.
  private func rebuilding(_ function: Int, _ arguments: Int) -> Result {
    guard case .global(let name) = self[function], name.hasPrefix("torch._utils.") else {
      return .known(Self.other)
    }
    return calling(function, arguments)
  }

  private func tensor(
    _ parts: [Int], element: StoredElement? = nil, isTyped: Bool = false
  ) -> PickledValue {
    guard case .storage(let storage) = self[parts[0]], case .integer(let offset) = self[parts[1]],
      let sizes = integers(parts[2]), let strides = integers(parts[3])
    else { return .other }
    return .tensor(
      PickledTensor(
        storage: storage, element: isTyped ? element : storage.element, offset: offset,
        sizes: sizes, strides: strides))
  }

  /// The storage referenced by a persistent identifier: `("storage", class, key, device, count)`, in
  /// files before PyTorch 1.6 followed by None or the part `(key, start, count)` that is meant.
  func persistent(_ identifier: Int) -> PickledValue {
    guard case .tuple(let parts) = self[identifier], parts.count >= 2,
      case .text(let kind) = self[parts[0]]
    else { return .other }
    if kind == "module" { return self[parts[1]] }  // a class, followed by its source text
    guard kind == "storage", parts.count >= 5, case .global(let className) = self[parts[1]],
      case .text(let key) = self[parts[2]], case .integer(let count) = self[parts[4]], count >= 0
    else { return .other }
    var start = 0
    if parts.count > 5, case .tuple(let view) = self[parts[5]], view.count == 3,
      case .integer(let first) = self[view[1]], first >= 0
    {
      start = first
    }
    return .storage(PickledStorage(key: key, className: className, start: start, count: count))
  }

  /// The elements of a tuple of integers, as many as a tensor may have dimensions.
  private func integers(_ place: Int) -> [Int]? {
    guard case .tuple(let items) = self[place], items.count <= PickledTensor.mostDimensions else {
      return nil
    }
    let numbers = items.compactMap { item -> Int? in
      if case .integer(let number) = self[item] { number } else { nil }
    }
    return numbers.count == items.count ? numbers : nil
  }
}
