import Diagnostics
import Foundation
import Nets
import Tensors

/// The golden numbers of a reference implementation: tensors, cases and tolerances of one manifest
/// entry.
public struct GoldenFixture {
  /// The manifest's description of a tensor.
  public struct Description: Decodable {
    /// The role of the file that contains it.
    public let file: String
    /// Its name in the file.
    public let name: String
    /// The sizes, outermost first.
    public let shape: [Int]
  }

  private struct Configured<Value: Decodable>: Decodable { let config: Value }
  private struct File: Decodable { let path: String }
  private struct Entry: Decodable {
    let files: [String: File]
    let cases: [Case]?
    let tensors: [Description]?
  }

  /// The name of the fixture in the manifest.
  public let name: String
  /// The cases: inputs, outputs and settings.
  public let cases: [Case]
  /// All tensors that the manifest lists.
  public let descriptions: [Description]
  private let json: Data
  private let folder: URL
  private let paths: [String: String]

  /// The reference's state dictionary; empty for a fixture without weights.
  public let weights: [String: Tensor]
  /// The inputs and outputs of all cases.
  private let values: [String: Tensor]

  /// Reads a fixture from a folder.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` if the folder does not contain it.
  public init(_ name: String, in folder: FixtureFolder = .current) throws {
    self.name = name
    (json, self.folder) = try folder.entry(of: name)
    let entry = try Self.decode(Entry.self, json)
    cases = entry.cases ?? []
    descriptions = entry.tensors ?? []
    paths = entry.files.mapValues(\.path)
    weights = try Self.tensors("weights", self.folder, paths)
    values = try Self.tensors("cases", self.folder, paths)
  }

  /// The names of a fixture's cases, as arguments of a test.
  public static func caseNames(_ name: String, in folder: FixtureFolder = .current) throws
    -> [String]
  {
    try decode(Entry.self, folder.entry(of: name).json).cases?.map(\.id) ?? []
  }

  /// The configuration of the network, read from the manifest's `config`.
  public func configuration<Value: Decodable>(as type: Value.Type) throws -> Value {
    try Self.decode(Configured<Value>.self, json).config
  }

  /// The file of a role.
  public func file(_ role: String) throws -> URL {
    guard let path = paths[role] else {
      throw PeregrineError(
        .missingInput, doing: "reading the fixture `\(name)`", found: "no file `\(role)`",
        expected: "one of \(paths.keys.sorted().joined(separator: ", "))")
    }
    return folder.appendingPathComponent(path)
  }

  /// The tensors of one file that the manifest lists.
  public func tensors(inFile role: String) throws -> [String: Tensor] {
    try SafetensorsFile(file(role)).tensors()
  }

  /// The case of this name.
  public func `case`(_ id: String) throws -> Case {
    guard let found = cases.first(where: { $0.id == id }) else {
      throw PeregrineError(
        .missingInput, doing: "reading the fixture `\(name)`", found: "no case `\(id)`")
    }
    return found
  }

  /// The first case of a kind.
  public func first(_ kind: Case.Kind) throws -> Case {
    guard let found = cases.first(where: { $0.kind == kind }) else {
      throw PeregrineError(
        .missingInput, doing: "reading the fixture `\(name)`", found: "no case of kind \(kind)")
    }
    return found
  }

  /// An input of a case.
  public func input(_ role: String, of golden: Case) throws -> Tensor {
    guard let name = golden.inputs[role] else {
      throw PeregrineError(
        .missingInput, doing: "reading the case `\(golden.id)`", found: "no input `\(role)`",
        expected: "one of \(golden.inputs.keys.sorted().joined(separator: ", "))")
    }
    return try value(name)
  }

  /// The golden values of an output.
  public func output(_ role: String, of golden: Case) throws -> Tensor {
    try value(golden.outputs[role]?.tensor ?? role)
  }

  /// The labels that the network got; after label drop, if there was one.
  public func labels(of golden: Case) throws -> [Int] {
    let role = golden.inputs["y_effective"] == nil ? "y" : "y_effective"
    return try input(role, of: golden).scalars(Int64.self).map { Int($0) }
  }

  /// An input or output by the name of its tensor.
  public func value(_ name: String) throws -> Tensor {
    guard let value = values[name] else {
      throw PeregrineError(
        .missingInput, doing: "reading the fixture `\(self.name)`", found: "no tensor `\(name)`")
    }
    return value
  }

  /// All tensors of a role, which may be in one file `role` or in several, `role.1`, `role.2` and
  /// so on.
  private static func tensors(_ role: String, _ folder: URL, _ paths: [String: String]) throws
    -> [String: Tensor]
  {
    let files = paths.filter { $0.key == role || $0.key.hasPrefix("\(role).") }
    return try files.values.reduce(into: [:]) { all, path in
      all.merge(try SafetensorsFile(folder.appendingPathComponent(path)).tensors()) { $1 }
    }
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ json: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: json)
  }
}
