import Diagnostics
import Foundation
import RunFiles
import Yams

extension Claim {
  /// Reads a claim and checks every key of its file.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput`, or `.usage` naming a key that is missing,
  ///   unknown or has a wrong value.
  public init(file: URL) throws {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw PeregrineError(
        .missingInput, doing: "reading the claim `\(file.path)`", found: "no readable file",
        advice: "`peregrine race list` names the claims that come with Peregrine.")
    }
    try self.init(yaml: text, origin: file.lastPathComponent)
  }

  /// Reads a claim from text.
  public init(yaml text: String, origin: String) throws {
    func refused(_ found: String, _ expected: String = "", cause: (any Error)? = nil)
      -> PeregrineError
    {
      PeregrineError(
        .usage, doing: "reading the claim (\(origin))", found: found, expected: expected,
        cause: cause)
    }
    let root: Node
    do {
      guard let node = try YAMLText.compose(text) else { throw refused("an empty file", "a claim") }
      root = node
      self = try YAMLDecoder().decode(Claim.self, from: node)
    } catch let error as DecodingError {
      let flaw = RecordFlaw(error)
      throw refused(flaw.found + (flaw.place.isEmpty ? "" : " at `\(flaw.place)`"), flaw.expected)
    } catch let refusal as YAMLText.Refusal {
      throw refused(refusal.description, "a claim like those of `claims/*.yaml`")
    } catch let error as PeregrineError {
      throw error
    } catch {
      throw refused("text that is not YAML", cause: error)
    }
    // Unknown keys are missing when the claim is written again.
    let known = try Yams.compose(yaml: YAMLEncoder().encode(self)).map { Self.keys(of: $0) } ?? []
    if let unknown = Self.keys(of: root).sorted().first(where: { !known.contains($0) }) {
      throw refused("the unknown key `\(unknown)`", "the keys of `claims/*.yaml`")
    }
    try published?.check(origin)
    try race?.check(origin)
  }

  /// All keys below a node, dotted; the items of a list count as one.
  private static func keys(of node: Node, prefix: String = "") -> Set<String> {
    switch node {
    case .mapping(let mapping):
      return mapping.reduce(into: []) { keys, pair in
        let key = prefix + (pair.key.string ?? "")
        keys.insert(key)
        keys.formUnion(Self.keys(of: pair.value, prefix: key + "."))
      }
    case .sequence(let items):
      return items.reduce(into: []) { $0.formUnion(Self.keys(of: $1, prefix: prefix)) }
    default: return []
    }
  }
}

extension PublishedFigures {
  /// Checks that each recipe has at least two points, with rising cost and positive numbers.
  fileprivate func check(_ origin: String) throws {
    for curve in [baseline, new] {
      let numbers = curve.points.flatMap { [$0.cost, $0.value] }
      let costs = curve.points.map(\.cost)
      guard (2...1_000).contains(curve.points.count), numbers.allSatisfy({ $0 > 0 && $0.isFinite }),
        zip(costs, costs.dropFirst()).allSatisfy({ $0 < $1 })
      else {
        throw PeregrineError(
          .usage, doing: "reading the published points of `\(curve.name)` (\(origin))",
          found: "\(curve.points.map { "\($0.cost)/\($0.value)" }.joined(separator: ", "))",
          expected: "at least two, rising in cost, all numbers above 0")
      }
    }
  }
}
