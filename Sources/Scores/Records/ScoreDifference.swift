/// The difference between two scores of the same protocol.
public struct ScoreDifference: Sendable, Codable, Equatable {
  /// The first value minus the second.
  public let value: Double
  /// The square root of the sum of both squared errors; `nil` unless both errors are known and have
  /// the same meaning.
  public let error: Double?
  /// The meaning of both errors.
  public let errorMeaning: String?

  enum CodingKeys: String, CodingKey {
    case value, error
    case errorMeaning = "error_meaning"
  }

  init(_ first: Score, _ second: Score) {
    value = first.value - second.value
    guard let one = first.error, let other = second.error, first.errorMeaning == second.errorMeaning
    else {
      (error, errorMeaning) = (nil, nil)
      return
    }
    error = (one * one + other * other).squareRoot()
    errorMeaning = first.errorMeaning
  }
}
