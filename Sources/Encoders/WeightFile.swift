import Diagnostics
import FileAccess
import FileFormats
import Foundation
import Nets
import Tensors

/// A file of published weights: safetensors, or PyTorch's own formats.
///
/// The format is recognised by the content, since published files have various extensions. What
/// wrappers add to names, such as `module.` and `_orig_mod.`, is taken off.
public struct WeightFile {
  /// The file's path.
  public let path: String
  /// The tensors by name.
  public let tensors: [String: Tensor]
  /// The tensors whose element types cannot be read, with their types.
  public let unreadable: [(name: String, type: String)]

  /// Reads all tensors.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.badData` saying what is wrong.
  public init(_ url: URL) throws {
    path = url.path
    let doing = "reading the weights `\(url.path)`"
    let kind = FileKind(of: try readFile(url, doing: doing, mapped: true))
    let found: [(name: String, tensor: Tensor)]
    switch kind {
    case .zip, .legacyTorch:
      let archive = try TorchArchive(path: url.path)
      (found, unreadable) = (archive.tensors, archive.unreadable)
    case .safetensors, .unknown:
      let file = try SafetensorsFile(url)
      (found, unreadable) = (try file.tensors().map { ($0.key, $0.value) }, file.unreadable)
    default:
      throw PeregrineError(
        .badData, doing: doing, found: kind.description,
        expected: "a safetensors file, or one written by torch.save", advice: kind.advice)
    }
    guard !found.isEmpty || !unreadable.isEmpty else {
      throw PeregrineError(
        .badData, doing: doing, found: "no tensors in \(kind.description)",
        expected: "a state dictionary",
        advice: "A whole model or a TorchScript program cannot be read; save its `state_dict()`.")
    }
    let named = try Dictionary(found.map { ($0.name, $0.tensor) }) { (_, _) throws -> Tensor in
      throw PeregrineError(
        .badData, doing: doing, found: "two tensors of the same name", expected: "each name once")
    }
    tensors = try WrapperNames.removed(from: named, source: url.path)
  }
}

extension Module {
  /// Fills a network with a file of published weights.
  ///
  /// - Parameter named: translates the names and values of the file to those of the network.
  /// - Throws: what reading throws; ``PeregrineError`` `.badData` for weights that do not fit or are
  ///   not finite.
  func load(
    published url: URL, named: ([String: Tensor]) throws -> [String: Tensor] = { $0 }
  ) throws {
    let file = try WeightFile(url)
    do {
      try file.explainingUnreadable { try load(named(file.tensors), from: url.path) }
    } catch let error as PeregrineError where error.code == .shapeMismatch {
      throw PeregrineError(
        .badData, doing: "loading weights from `\(url.path)`",
        found: "tensors whose shapes do not fit together", expected: "those of this network",
        advice: "The file is damaged or belongs to another network.", cause: error)
    }
    try requireFinite(from: url.path)
  }
}

extension WeightFile {
  /// Adds to a failure which tensors of the file cannot be read, since one of them may be missing.
  public func explainingUnreadable(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as PeregrineError where error.code == .badData && !unreadable.isEmpty {
      let some = unreadable.sorted { $0.name < $1.name }.prefix(3)
      let list = some.map { "`\($0.name)` of type \($0.type)" }.joined(separator: ", ")
      throw PeregrineError(
        .badData, doing: error.doing, found: error.found, expected: error.expected,
        advice: "The file has \(unreadable.count) tensors of types that cannot be read (\(list)); "
          + "if one of them is needed, convert it to float32.")
    }
  }

  /// Checks that the weights of a network are there, before anything is built.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` naming the page with the sources of all weights.
  static func requireFile(_ url: URL, for network: String) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PeregrineError(
        .missingInput, doing: "loading `\(network)`", found: "no file `\(url.path)`",
        expected: "its weights",
        advice: "Check the path; docs/weights.md says where the file comes from.")
    }
  }
}
