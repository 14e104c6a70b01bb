/// What an objective reads of a batch beside its items; whoever runs the loop fetches it.
public struct BatchNeeds: Equatable, Sendable {
  /// The teacher's features of each item.
  public var teacher: Bool
  /// How many images in turn form a group in which each item is given its neighbour; 0 for the whole
  /// batch, `nil` for none.
  public var neighbourGroup: Int?

  /// Nothing.
  public static let itemsAlone = BatchNeeds()

  /// Needs; everything left out is not needed.
  public init(teacher: Bool = false, neighbourGroup: Int? = nil) {
    self.teacher = teacher
    self.neighbourGroup = neighbourGroup
  }

  /// Both needs together; of two groups the first counts.
  public func joined(_ other: BatchNeeds) -> BatchNeeds {
    BatchNeeds(
      teacher: teacher || other.teacher, neighbourGroup: neighbourGroup ?? other.neighbourGroup)
  }
}
