/// What an objective needs of a batch besides its items. The training loop provides it.
public struct BatchNeeds: Equatable, Sendable {
  /// Whether the teacher's features of each item are needed.
  public var teacher: Bool
  /// How many consecutive images form a group in which each item is paired with its predecessor; 0
  /// for the whole batch, `nil` if no pairs are needed.
  public var neighbourGroup: Int?

  /// Nothing besides the items.
  public static let itemsAlone = BatchNeeds()

  /// Creates needs; everything left out is not needed.
  public init(teacher: Bool = false, neighbourGroup: Int? = nil) {
    self.teacher = teacher
    self.neighbourGroup = neighbourGroup
  }

  /// Combines two needs. If both name a group size, the first one counts.
  public func joined(_ other: BatchNeeds) -> BatchNeeds {
    BatchNeeds(
      teacher: teacher || other.teacher, neighbourGroup: neighbourGroup ?? other.neighbourGroup)
  }
}
