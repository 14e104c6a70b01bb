import Diagnostics
import DiffusionMath
import Nets
import Tensors

/// The well-known ways in which a published checkpoint differs from the model of a recipe.
struct StartingMismatch {
  private var found: [String] = []
  private var expected: [String] = []
  private var advice: [String] = []

  /// Compares the tensors of a file with those of a model; `nil` when none of the known differences is
  /// there.
  init?(_ values: [String: Tensor], _ model: any Module) {
    let theirs = values.mapValues(\.shape)
    let ours = Dictionary(model.state.map { ($0.name, $0.tensor.shape) }) { first, _ in first }
    // Of another model, no difference of these is the reason.
    guard theirs.keys.contains(where: { $0.hasPrefix("blocks.") && ours[$0] != nil }) else {
      comparePrefixes(theirs, ours)
      if found.isEmpty { return nil }
      return
    }
    compareClasses(theirs, ours)
    compareProjectors(theirs, ours)
    compareOutputs(theirs, ours)
    comparePositions(theirs, ours)
    if found.isEmpty { return nil }
  }

  /// Throws the differences as one error.
  func fail(_ source: String) throws {
    throw PeregrineError(
      .badData, doing: "loading weights from `\(source)`", found: found.joined(separator: "; "),
      expected: expected.joined(separator: "; "), advice: advice.joined(separator: " "))
  }

  /// All names may stand below another one, such as `net.`.
  private mutating func comparePrefixes(_ theirs: [String: [Int]], _ ours: [String: [Int]]) {
    let suffix = "blocks.0."
    let prefixes = theirs.keys.compactMap { name in
      name.range(of: suffix).map { String(name[..<$0.lowerBound]) }
    }
    guard let prefix = prefixes.first, !prefix.isEmpty, Set(prefixes).count == 1,
      theirs.keys.contains(where: {
        $0.hasPrefix(prefix) && ours[String($0.dropFirst(prefix.count))] != nil
      })
    else { return }
    found.append("names that begin with `\(prefix)`")
    expected.append("those of the model, such as `\(suffix)…`")
    advice.append("Save the weights again without that prefix.")
  }

  /// The table of classes has one row more than there are classes, for "no class".
  private mutating func compareClasses(_ theirs: [String: [Int]], _ ours: [String: [Int]]) {
    let name = "y_embedder.embedding_table.weight"
    switch (theirs[name], ours[name]) {
    case (let theirs?, let ours?):
      guard theirs.count == 2, theirs[0] != ours[0] else { return }
      found.append("a table of \(theirs[0] - 1) classes (`\(name)`)")
      expected.append("one of \(ours[0] - 1), as the data has")
      advice.append(
        "Start from weights for \(ours[0] - 1) classes, or train on data with \(theirs[0] - 1).")
    case (let theirs?, nil):
      found.append("a table of \((theirs.first ?? 1) - 1) classes (`\(name)`)")
      expected.append("none, as the data has no classes")
      advice.append("Train on data with classes, or start from weights of a model without.")
    case (nil, _?):
      found.append("no table of classes (`\(name)`)")
      expected.append("one, as the data has classes")
      advice.append("Train on data without classes, or start from weights of a model with them.")
    case (nil, nil): break
    }
  }

  /// REPA's projectors are part of a model that is aligned with a teacher, and of no other.
  private mutating func compareProjectors(_ theirs: [String: [Int]], _ ours: [String: [Int]]) {
    let prefix = "projectors."
    let first = theirs.keys.filter { $0.hasPrefix(prefix) }.min()
    let isAligned = ours.keys.contains { $0.hasPrefix(prefix) }
    let (input, output) = (theirs["projectors.0.0.weight"], theirs["projectors.0.4.weight"])
    let sizes =
      (input?.first).flatMap { hidden in
        (output?.first).map {
          " (`alignment.projector_width: \(hidden)`, a teacher of width \($0))"
        }
      } ?? ""
    if let first, !isAligned {
      found.append("REPA's projectors (`\(first)`)")
      expected.append("none, as this recipe has no `alignment.weight`")
      advice.append(
        "Set `alignment.weight` and `teacher.network` as in its training\(sizes), or remove the "
          + "tensors `\(prefix)*` from the file.")
    } else if first == nil, isAligned {
      found.append("no projectors of REPA (`\(prefix)0…`)")
      expected.append("some, as `alignment.weight` is above 0")
      advice.append("Start from weights trained with REPA, or set `alignment.weight: 0`.")
    } else if input.map({ $0 != ours["projectors.0.0.weight"] }) == true
      || output.map({ $0 != ours["projectors.0.4.weight"] }) == true
    {
      found.append("projectors of REPA of other sizes\(sizes)")
      expected.append("those of this recipe's alignment")
      advice.append("Choose the teacher and `alignment.projector_width` of its training.")
    }
  }

  /// DiT and SiT with `learn_sigma` predict twice as many channels.
  private mutating func compareOutputs(_ theirs: [String: [Int]], _ ours: [String: [Int]]) {
    let name = StartingClock.output + ".weight"
    guard let theirs = theirs[name], let ours = ours[name], theirs.count == 2,
      theirs[0] == 2 * ours[0]
    else { return }
    found.append("a doubled output layer (`\(name)`: \(theirs[0]) rows)")
    expected.append("\(ours[0]) rows")
    advice.append(
      "The file was trained with `learn_sigma`, as those of SiT and DiT are. If it is SiT's, set "
        + "`model.start_clock: reversed`: the first half, which is the prediction, is used, and its "
        + "clock, which runs the other way, is converted. DiT's files predict noise in 1,000 steps "
        + "and cannot be used.")
  }

  /// The table of positions belongs to one number of patches.
  private mutating func comparePositions(_ theirs: [String: [Int]], _ ours: [String: [Int]]) {
    let patches = "x_embedder.proj.weight"
    if let their = theirs[patches]?.last, let our = ours[patches]?.last, their != our {
      found.append("patches of \(their)x\(their) (`\(patches)`)")
      expected.append("\(our)x\(our), as the preset has")
      advice.append("Choose a preset that ends in `/\(their)`.")
      return
    }
    guard let theirs = theirs["pos_embed"], let ours = ours["pos_embed"], theirs.count == 3,
      theirs[1] != ours[1], theirs[2] == ours[2]
    else { return }
    found.append("positions of \(theirs[1]) tokens (`pos_embed`)")
    expected.append("those of \(ours[1])")
    advice.append("Train on pictures or latents of the size that the file was trained on.")
  }
}
