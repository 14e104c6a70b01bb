import Diagnostics

/// What wrappers add to the names of a model's tensors.
public enum WrapperNames {
  /// Parts of names that `torch.compile` and FSDP insert anywhere.
  private static let inserted: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]
  /// First parts of names: of data-parallel models and averages of weights, and of checkpoints of
  /// training frameworks. Beside them is nothing that belongs to the model.
  private static let outer = ["module.", "state_dict."]

  /// The values under the names that they have without wrappers.
  ///
  /// - Parameter source: where they come from, for messages.
  /// - Throws: ``PeregrineError`` `.badData` when two names become the same.
  public static func removed<Value>(
    from values: [String: Value], source: String
  ) throws -> [String: Value] {
    var named = values.map { (withoutInserted($0.key), $0.value) }
    while let wrapper = outer.first(where: { wrapper in named.contains { $0.0.hasPrefix(wrapper) } }
    ) {
      named = named.filter { $0.0.hasPrefix(wrapper) }
        .map { (String($0.0.dropFirst(wrapper.count)), $0.1) }
    }
    var result: [String: Value] = [:]
    for (name, value) in named where result.updateValue(value, forKey: name) != nil {
      throw PeregrineError(
        .badData, doing: "taking the prefixes of wrappers off the names in `\(source)`",
        found: "two tensors `\(name)`", expected: "each name once",
        advice: "Save the state dictionary of the model without its wrapper.")
    }
    return result
  }

  private static func withoutInserted(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.contains(where: inserted.contains)
      ? parts.filter { !inserted.contains($0) }.joined(separator: ".") : name
  }
}
