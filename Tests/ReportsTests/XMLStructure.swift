/// Checks that every element of a text is closed, in order, and that its attributes are quoted.
struct XMLStructure {
  /// What is wrong first, or `nil`.
  func problem(in text: String) throws -> String? {
    var open: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      guard !rest[..<start].contains(">") || open.last == "style" else {
        return "a loose > in \(rest[..<start].prefix(60))"
      }
      rest = rest[start...]
      guard
        let tag = rest.prefixMatch(
          of: /<(\/?)([a-zA-Z0-9]+)(?:\s+[a-zA-Z0-9:-]+="[^"<>]*")*\s*(\/?)>/)
      else { return "a damaged tag: \(rest.prefix(60))" }
      if tag.1 == "/" {
        guard open.popLast() == tag.2 else { return "an element closed out of order: \(tag.0)" }
      } else if tag.3.isEmpty {
        open.append(tag.2)
      }
      rest = rest[tag.range.upperBound...]
    }
    return open.isEmpty ? nil : "elements never closed: \(open)"
  }
}
