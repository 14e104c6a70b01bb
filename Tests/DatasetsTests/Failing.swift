import Diagnostics
import Foundation
import Testing

/// Expects a failure of one kind whose message holds all the given words; returns the message.
@discardableResult
func expectFailure<Value>(
  _ code: PeregrineError.Code, saying words: String...,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
) -> String {
  do {
    _ = try body()
    Issue.record("did not fail", sourceLocation: sourceLocation)
    return ""
  } catch let error as PeregrineError {
    #expect(error.code == code, sourceLocation: sourceLocation)
    for word in words {
      #expect(error.description.contains(word), sourceLocation: sourceLocation)
    }
    return error.description
  } catch {
    Issue.record("failed with \(error)", sourceLocation: sourceLocation)
    return "\(error)"
  }
}
