import Foundation

extension PeregrineError {
  /// Explains an error of the system or of a library in our own words. An error of ours stays as it
  /// is.
  ///
  /// - Parameter doing: what was being done, as a participle.
  public init(explaining error: any Error, doing: String) {
    if let error = error as? PeregrineError {
      self = error
      return
    }
    self.init(
      Self.code(of: error), doing: doing, found: Self.words(for: error),
      advice: "Check the files and folders that the command names.")
  }

  /// What an error says, in our own words: no domains, codes or type names of libraries.
  public static func words(for error: any Error) -> String {
    // Such an error would also be taken for a CocoaError.
    if isSystemError(error), (error as NSError).domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32((error as NSError).code)))
    }
    return switch error {
    case let error as PeregrineError: error.description
    case let error as DecodingError: RecordFlaw(error).description
    case let error as POSIXError: String(cString: strerror(error.code.rawValue))
    case let error as CocoaError: words(for: error)
    default: isSystemError(error) ? words(for: error as NSError) : "\(error)"
    }
  }

  // MARK: Files

  private static func words(for error: CocoaError) -> String {
    switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file or folder"
    case .fileWriteFileExists: return "something of that name already"
    case .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding:
      return "text that is not UTF-8"
    case .fileReadNoPermission: return "no permission to read"
    case .fileWriteNoPermission, .fileWriteVolumeReadOnly: return "no permission to write"
    case .fileWriteOutOfSpace: return "a full disk"
    case .fileReadTooLarge: return "a file that is too large"
    case .fileReadCorruptFile: return "something that is no ordinary file"
    default:
      let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error
      return underlying.map(words) ?? "a failure of the system (number \(error.errorCode))"
    }
  }

  private static func words(for error: NSError) -> String {
    let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error
    return underlying.map(words) ?? "a failure of the system (number \(error.code))"
  }

  private static func code(of error: any Error) -> Code {
    switch error {
    case is DecodingError: .badData
    case let error as CocoaError
    where [.fileNoSuchFile, .fileReadNoSuchFile].contains(error.code):
      .missingInput
    case is CocoaError, is POSIXError: .io
    default: isSystemError(error) ? .io : .failure
    }
  }

  /// Whether it is an `NSError`; a cast would turn every error into one.
  private static func isSystemError(_ error: any Error) -> Bool { type(of: error) is NSError.Type }

  // MARK: Records

  /// What a value of a type is called in messages: `Double` is "a number".
  public static func kind(_ type: any Any.Type) -> String {
    switch type {
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is Bool.Type: "true or false"
    case is any StringProtocol.Type: "text"
    case is any ExpressibleByDictionaryLiteral.Type: "a table of names and values"
    case is any ExpressibleByArrayLiteral.Type: "a list"
    default: "another kind of value"
    }
  }
}
