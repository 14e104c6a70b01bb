import Diagnostics
import Foundation
import Nets
import Tensors
import TestSupport

/// The golden cases of published cache policies.
struct PolicyFixture {
  /// Numbers in their shape.
  struct Values {
    let shape: [Int]
    let numbers: [Double]

    /// The values of one step, which is the first dimension.
    subscript(step: Int) -> [Double] {
      let size = numbers.count / max(shape[0], 1)
      return Array(numbers[step * size..<(step + 1) * size])
    }
  }

  /// One case: settings, inputs, and outputs with the largest deviation of a float64 port.
  struct Case {
    let id: String
    /// The settings, as in the manifest.
    let params: [String: Any]
    let inputs: [String: Values]
    let outputs: [String: (values: Values, tolerance: Double)]

    /// A whole number among the settings.
    func integer(_ name: String) throws -> Int { try require(params[name] as? Int, name) }
    /// A number among the settings.
    func number(_ name: String) throws -> Double { try require(params[name] as? Double, name) }
    /// An input.
    func input(_ name: String) throws -> Values { try require(inputs[name], name) }
    /// The numbers of an output.
    func output(_ name: String) throws -> Values { try require(outputs[name]?.values, name) }

    /// Where `found` differs from an output by more than its tolerance; empty if it agrees.
    func departures(_ name: String, _ found: [Double]) throws -> [String] {
      let (expected, tolerance) = try require(outputs[name], name)
      guard found.count == expected.numbers.count else {
        return ["\(id) \(name): \(found.count) numbers for \(expected.numbers.count)"]
      }
      return zip(found, expected.numbers).enumerated().filter { !(abs($1.0 - $1.1) <= tolerance) }
        .prefix(3).map { "\(id) \(name)[\($0)]: \($1.0) for \($1.1), tolerance \(tolerance)" }
    }

    private func require<Value>(_ value: Value?, _ name: String) throws -> Value {
      guard let value else {
        throw PeregrineError(
          .badData, doing: "reading the case `\(id)`", found: "no `\(name)`", expected: "one")
      }
      return value
    }
  }

  /// All cases, by their names.
  let cases: [String: Case]

  /// Reads the cases.
  init() throws {
    let (json, folder) = try FixtureFolder.current.entry(of: "cache_policies")
    let entry = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
    let file = try SafetensorsFile(folder.appendingPathComponent("cache_policies.safetensors"))
    func values(_ name: String) throws -> Values {
      let tensor = try file.tensor(name)
      return Values(shape: tensor.shape, numbers: try tensor.scalars(Double.self))
    }
    let list = entry["cases"] as? [[String: Any]] ?? []
    cases = try Dictionary(
      uniqueKeysWithValues: list.map { golden in
        let id = golden["id"] as? String ?? ""
        let outputs = golden["outputs"] as? [String: [String: Any]] ?? [:]
        return (
          id,
          Case(
            id: id, params: golden["params"] as? [String: Any] ?? [:],
            inputs: try (golden["inputs"] as? [String: String] ?? [:]).mapValues(values),
            outputs: try outputs.mapValues { output in
              (
                try values(output["tensor"] as? String ?? ""),
                output["tol64_max_abs"] as? Double ?? 0
              )
            })
        )
      })
  }

  /// A case by its name.
  subscript(id: String) -> Case {
    get throws {
      guard let found = cases[id] else {
        throw PeregrineError(
          .missingInput, doing: "reading the fixture `cache_policies`", found: "no case `\(id)`",
          expected: "one of \(cases.keys.sorted().joined(separator: ", "))")
      }
      return found
    }
  }
}
