/// The error type of all of Peregrine: what was being done, what was found, what was expected, and
/// what to do next.
///
/// Code switches on ``code``; people read ``description``. Adding codes never breaks callers.
///
///     throw PeregrineError(
///       .badData, doing: "reading the picture `cats/0017.png`",
///       found: "1,024 bytes, then the end of the file", expected: "a whole PNG",
///       advice: "Restore the file, or delete it to train without it.")
public struct PeregrineError: Error, CustomStringConvertible, Sendable {
  /// The kind of failure. Extensible: compare with the constants below.
  public struct Code: Hashable, Sendable {
    /// A short, stable name, as it appears in `--json` output.
    public let name: String
    /// The exit status of a command that ends with this failure.
    public let exitStatus: Int32

    /// Creates a code; prefer the constants.
    public init(name: String, exitStatus: Int32) {
      self.name = name
      self.exitStatus = exitStatus
    }

    /// Any failure without a code of its own.
    public static let failure = Code(name: "failure", exitStatus: 1)
    /// A recipe, an option or an argument that cannot be used.
    public static let usage = Code(name: "usage", exitStatus: 64)
    /// Input that exists but is damaged, of the wrong kind or out of range.
    public static let badData = Code(name: "bad-data", exitStatus: 65)
    /// Numbers that do not allow the requested result: points that do not lie on a line, a matrix
    /// that is not a covariance.
    public static let unsound = Code(name: "unsound", exitStatus: 65)
    /// Input that does not exist.
    public static let missingInput = Code(name: "missing-input", exitStatus: 66)
    /// A device or library that is missing.
    public static let unavailable = Code(name: "unavailable", exitStatus: 69)
    /// Reading or writing failed: full disk, no permission.
    public static let io = Code(name: "io", exitStatus: 74)
    /// Another process is working on it; try again later.
    public static let busy = Code(name: "busy", exitStatus: 75)
    /// Stopped on request; the same command resumes.
    public static let interrupted = Code(name: "interrupted", exitStatus: 75)
    /// Training or sampling produced NaN or infinity.
    public static let nonFinite = Code(name: "non-finite", exitStatus: 20)
    /// Tensors whose shapes do not fit.
    public static let shapeMismatch = Code(name: "shape-mismatch", exitStatus: 1)
    /// The device or the host has no memory left.
    public static let outOfMemory = Code(name: "out-of-memory", exitStatus: 1)
  }

  /// The kind of failure.
  public let code: Code
  /// What was being done, as a participle: "reading the recipe `a.yaml`".
  public let doing: String
  /// What was found.
  public let found: String
  /// What was expected instead; empty when `found` says it all.
  public let expected: String
  /// What to do next; empty only when there is nothing to do.
  public let advice: String
  /// The underlying error, if any.
  public let cause: (any Error)?
  /// Where in Peregrine's sources the failure was detected.
  public let location: String

  /// Creates an error from its parts; see the type's example.
  public init(
    _ code: Code, doing: String, found: String, expected: String = "", advice: String = "",
    cause: (any Error)? = nil, file: String = #fileID, line: Int = #line
  ) {
    self.code = code
    self.doing = doing
    self.found = found
    self.expected = expected
    self.advice = advice
    self.cause = cause
    self.location = "\(file):\(line)"
  }

  /// The whole message, for people. Names from outside cannot act on the terminal.
  public var description: String {
    var text = "Failed while \(doing): found \(found)"
    if !expected.isEmpty { text += "; expected \(expected)" }
    text += "."
    if !advice.isEmpty { text += " \(advice)" }
    text = Readable.text(text)
    if let cause { text += "\n  because: \(Self.words(for: cause))" }
    return text
  }
}
