import Foundation
import RunFiles

extension RecipeLayers {
  /// Every key with its built-in default as YAML.
  public static func defaults() throws -> String {
    let layers = try RecipeLayers()
    return layers.yaml(of: layers.written, withOrigins: false)
  }

  /// The recipe as YAML, each value with its origin in a comment.
  public func yaml(withOrigins: Bool = true) -> String {
    yaml(of: entries, withOrigins: withOrigins)
  }

  private func yaml(of entries: [String: Entry], withOrigins: Bool) -> String {
    var text = ""
    var open: [Substring] = []
    for key in order {
      guard let entry = entries[key] else { continue }
      let parts = key.split(separator: ".")
      let sections = parts.dropLast()
      let shared = zip(open, sections).prefix { $0 == $1 }.count
      for depth in shared..<sections.count {
        text += String(repeating: "  ", count: depth) + "\(sections[depth]):\n"
      }
      open = Array(sections)
      let line =
        String(repeating: "  ", count: sections.count) + "\(parts.last ?? ""): "
        + written(entry.value, of: key)
      let padding = String(repeating: " ", count: max(1, 44 - line.count))
      text += withOrigins ? "\(line)\(padding)# \(entry.origin)\n" : line + "\n"
    }
    return text
  }

  private func written(_ value: String, of key: String) -> String {
    guard lists.contains(key) else { return Self.quoted(value) }
    let items = RecipeText.items(of: value).map(Self.quoted)
    return "[\(RecipeText.text(ofItems: items))]"
  }

  private static func quoted(_ value: String) -> String {
    let plain = value.allSatisfy { $0.isLetter || $0.isNumber || "_-+./".contains($0) }
    guard !plain || value.isEmpty || value == "-" else { return value }
    return "\"" + value.unicodeScalars.map(escaped).joined() + "\""
  }

  /// A character inside double quotes. YAML would make a line break a space.
  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\\", "\"": "\\\(scalar)"
    case _
    where scalar.properties.generalCategory == .control || scalar == "\u{2028}"
      || scalar == "\u{2029}" || scalar == "\u{FEFF}":
      "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count)
        + String(scalar.value, radix: 16)
    default: String(scalar)
    }
  }
}
