import Diagnostics
import DiffusionMath
import Tensors

/// A network or a part of one: a tree of parameters under their checkpoint names.
///
/// A module lists its members; everything else (counting, initialising, loading, saving,
/// optimizing) follows from that list. Code uses Swift names; checkpoint names appear only here:
///
///     var members: [Member] { [.module("qkv", projection), .module("proj", output)] }
public protocol Module: AnyObject {
  /// The parameters and submodules, in checkpoint order.
  var members: [Member] { get }
  /// Enforces the module's constraints on its parameters, after initialisation and after every
  /// optimizer step. Most modules have none and only pass the call on to their submodules.
  func constrainParameters() throws
}

/// One member of a module.
public enum Member {
  case parameter(String, Parameter)
  case module(String, any Module)
}

/// A parameter with its full checkpoint name.
public struct NamedParameter {
  /// The name, such as `blocks.0.attn.qkv.weight`.
  public let name: String
  /// The parameter.
  public let parameter: Parameter
}

extension Module {
  /// Passes the call on to the submodules.
  public func constrainParameters() throws {
    for case .module(_, let module) in members { try module.constrainParameters() }
  }

  /// All parameters below this module, in checkpoint order.
  public var namedParameters: [NamedParameter] {
    members.flatMap { member -> [NamedParameter] in
      switch member {
      case .parameter(let name, let parameter):
        return [NamedParameter(name: name, parameter: parameter)]
      case .module(let name, let module):
        return module.namedParameters.map {
          NamedParameter(name: "\(name).\($0.name)", parameter: $0.parameter)
        }
      }
    }
  }

  /// The number of elements of all parameters, including fixed tables but not buffers, as in
  /// checkpoints.
  public var parameterCount: Int {
    namedParameters.filter { !$0.parameter.isBuffer }.reduce(0) { $0 + $1.parameter.value.count }
  }

  /// The parameters that training changes.
  public var trainableParameters: [NamedParameter] {
    namedParameters.filter(\.parameter.isTrainable)
  }

  /// Initialises every parameter.
  ///
  /// Each parameter has its own random stream, keyed by its name: adding a layer does not change
  /// the initial values of all others.
  public func initialize(seed: UInt64) throws {
    for entry in namedParameters {
      let stream = RandomStream(seed: seed, purpose: "initialisation/\(entry.name)")
      try entry.parameter.initialize(stream)
    }
    try constrainParameters()
  }

  /// Changes the element type and device of all parameters; drops gradients.
  public func convert(to dtype: DType, on device: Device) throws {
    for entry in namedParameters { try entry.parameter.convert(to: dtype, on: device) }
  }

  /// Shares the memory of another module of the same kind: from now on the two have the same
  /// values, whichever of them changes, but separate gradients.
  public func shareParameters(of other: any Module) throws {
    for (mine, theirs) in zip(namedParameters, other.namedParameters) {
      precondition(mine.name == theirs.name, "Only modules of one kind share parameters.")
      try mine.parameter.share(theirs.parameter)
    }
  }

  /// Copies values into the parameters. Every name and shape must match, and no value may be left
  /// over.
  ///
  /// When something does not fit, no parameter is changed.
  /// - Parameter source: where the values come from, for messages.
  /// - Throws: ``PeregrineError`` `.badData` naming the first parameter that does not match.
  public func load(_ values: [String: Tensor], from source: String) throws {
    let parameters = namedParameters
    let missing = parameters.map(\.name).filter { values[$0] == nil }
    let unknown = Set(values.keys).subtracting(parameters.map(\.name)).sorted()
    guard missing.isEmpty, unknown.isEmpty else {
      throw PeregrineError(
        .badData, doing: "loading weights from `\(source)`",
        found: [("no", missing), ("unknown", unknown)].filter { !$0.1.isEmpty }
          .map { "\($0.0) \(summary($0.1))" }.joined(separator: " and "),
        expected: "exactly the \(parameters.count) tensors of this model",
        advice: "The file belongs to another model, or the recipe changed since it was written.")
    }
    let pairs = parameters.compactMap { entry in values[entry.name].map { (entry, $0) } }
    for (entry, value) in pairs where value.shape != entry.parameter.value.shape {
      throw PeregrineError(
        .badData, doing: "loading `\(entry.name)` from `\(source)`",
        found: "shape \(value.shape)", expected: "\(entry.parameter.value.shape)",
        advice: "The file holds another size of this model; compare the presets.")
    }
    for (entry, value) in pairs { try entry.parameter.value.copy(from: value) }
  }

  /// The parameters' values under their checkpoint names.
  public var state: [(name: String, tensor: Tensor)] {
    namedParameters.map { ($0.name, $0.parameter.value) }
  }
}

/// The first few of many names.
private func summary(_ names: [String]) -> String {
  names.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
    + (names.count > 3 ? " and \(names.count - 3) more" : "")
}
