import Telemetry

/// A self-contained HTML page, which needs no network, no script and no other file.
enum Page {
  /// The complete document around a body.
  ///
  /// - Parameters:
  ///   - title: the window title; escaped here.
  ///   - body: HTML, in which everything is already escaped.
  ///   - footer: HTML after the name of the program.
  static func document(title: String, body: String, footer: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(title.htmlEscaped) · Peregrine</title>
    <style>
    \(PageStyle.sheet)
    \(ChartStyle.sheet)
    </style>
    </head>
    <body>
    <main>
    \(body)
    <footer>Made by Peregrine \(PeregrineVersion.current). \(footer)</footer>
    </main>
    </body>
    </html>

    """
  }
}
