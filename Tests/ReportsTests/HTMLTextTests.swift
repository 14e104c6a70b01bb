import Testing

@testable import Reports

@Suite struct HTMLTextTests {
  @Test(arguments: [
    ("a < b & c > \"d\" 'e'", "a &lt; b &amp; c &gt; &quot;d&quot; &#39;e&#39;"),
    ("&amp;", "&amp;amp;"),
    ("tabs\tand\nlines stay, \u{7}\u{1B} do not", "tabs\tand\nlines stay, \u{FFFD}\u{FFFD} do not"),
    ("é 日本 🐦", "é 日本 🐦"),
    ("\r\n", "\u{FFFD}\n"),
  ])
  func escapes(text: String, expected: String) {
    #expect(text.htmlEscaped == expected)
  }
}
