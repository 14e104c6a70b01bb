import CYaml
import Diagnostics
import Yams

/// Reads YAML from outside: recipes and claims.
///
/// Before anything is built from a text, its tokens are checked one by one. Aliases are refused,
/// because a few lines of them stand for gigabytes; nesting and size are bounded.
package enum YAMLText {
  /// A text that is not accepted, or not YAML.
  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
  }

  private static let mostBytes = 1_048_576
  private static let deepest = 64

  /// The nodes of a text; `nil` for an empty one.
  ///
  /// - Throws: ``Refusal``.
  package static func compose(_ text: String) throws -> Node? {
    guard text.utf8.count <= mostBytes else {
      throw Refusal(
        description: "\(Readable.bytes(text.utf8.count)) of text; at most "
          + "\(Readable.bytes(mostBytes)) are read")
    }
    try checkTokens(of: text)
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw refusal(error)
    }
  }

  /// What is wrong with a text, in our own words.
  private static func refusal(_ error: YamlError) -> Refusal {
    switch error {
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { "`\($0)`" }.joined(separator: ", ")
      return Refusal(description: "line \(context.mark.line): \(keys) twice in one section")
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      return Refusal(
        description: "line \(mark.line), column \(mark.column): text that is not YAML; check the "
          + "indentation, colons, brackets and quotes there")
    case .reader:
      return Refusal(description: "a character that text cannot have, such as a zero byte")
    default: return Refusal(description: "text that is not YAML")
    }
  }

  private static func checkTokens(of text: String) throws {
    var parser = yaml_parser_t()
    yaml_parser_initialize(&parser)
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    var bytes = Array(text.utf8)
    try bytes.withUnsafeMutableBufferPointer { bytes in
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      var depth = 0
      while true {
        var token = yaml_token_t()
        // What is not YAML is explained by Yams.
        guard yaml_parser_scan(&parser, &token) == 1 else { return }
        defer { yaml_token_delete(&token) }
        switch token.type {
        case YAML_STREAM_END_TOKEN, YAML_NO_TOKEN: return
        case YAML_ALIAS_TOKEN, YAML_ANCHOR_TOKEN:
          throw refusal("an alias or anchor (`*name`, `&name`); write the value out", token)
        case YAML_BLOCK_SEQUENCE_START_TOKEN, YAML_BLOCK_MAPPING_START_TOKEN,
          YAML_FLOW_SEQUENCE_START_TOKEN, YAML_FLOW_MAPPING_START_TOKEN:
          depth += 1
          guard depth <= deepest else {
            throw refusal("sections nested more than \(deepest) deep", token)
          }
        case YAML_BLOCK_END_TOKEN, YAML_FLOW_SEQUENCE_END_TOKEN, YAML_FLOW_MAPPING_END_TOKEN:
          depth -= 1
        case YAML_SCALAR_TOKEN where token.data.scalar.style == YAML_PLAIN_SCALAR_STYLE:
          // Yams reads digits with colons as a number of base 60, without checking for overflow.
          let scalar = UnsafeBufferPointer<UInt8>(
            start: token.data.scalar.value, count: token.data.scalar.length)
          let isSexagesimal =
            scalar.contains(UInt8(ascii: ":"))
            && scalar.allSatisfy { "0123456789:+-_.".utf8.contains($0) }
          guard !isSexagesimal || scalar.count <= 12 else {
            throw refusal("a number with colons; write it in quotes", token)
          }
          if isOctal(scalar) {
            throw refusal(
              "`\(String(decoding: scalar, as: UTF8.self))`, which YAML reads in base 8; write the "
                + "number without the leading zero, or a text in quotes", token)
          }
        default: break
        }
      }
    }
  }

  /// Whether YAML reads the digits in base 8, because they begin with a zero.
  package static func isOctal(_ scalar: some Collection<UInt8>) -> Bool {
    let digits = scalar.drop { "+-".utf8.contains($0) }
    return digits.count > 1 && digits.first == UInt8(ascii: "0")
      && digits.allSatisfy { "0123456789_".utf8.contains($0) }
  }

  private static func refusal(_ found: String, _ token: yaml_token_t) -> Refusal {
    Refusal(description: "line \(token.start_mark.line + 1): \(found)")
  }
}
