import Samples

/// What makes the weak prediction weak that guidance leads away from.
public enum GuidanceSource: String, CaseIterable, Codable, Sendable {
  /// It does not know the class: classifier-free guidance.
  case label
  /// The middle blocks do not run: for models trained with SPRINT.
  case path
  /// Neither class nor middle blocks: SPRINT's path-drop guidance.
  case pathLabel = "path-label"
  /// More of its tokens skip the route's blocks: for models trained with TREAD.
  ///
  /// - Source: Sparse Guidance, arXiv 2601.01608; both predictions keep the class.
  case routes
  /// The same without the class.
  case routesLabel = "routes-label"

  /// The conditions that the weak prediction is not told.
  var drops: Set<ConditionKind> {
    switch self {
    case .label, .pathLabel, .routesLabel: .all
    case .path, .routes: []
    }
  }

  var isByRoutes: Bool { self == .routes || self == .routesLabel }
}
