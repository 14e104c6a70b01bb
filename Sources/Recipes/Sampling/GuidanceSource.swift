import Samples

/// How the weak prediction is made, away from which guidance pushes.
public enum GuidanceSource: String, CaseIterable, Codable, Sendable {
  /// Without conditions: classifier-free guidance.
  case label
  /// Without the middle blocks: for models trained with SPRINT.
  case path
  /// Without conditions and middle blocks: SPRINT's path-drop guidance.
  case pathLabel = "path-label"
  /// With more tokens skipping the route's blocks: for models trained with TREAD.
  ///
  /// - Source: Sparse Guidance, arXiv 2601.01608; both predictions keep their conditions.
  case routes
  /// Like `routes`, and without conditions.
  case routesLabel = "routes-label"

  /// The kinds of condition that the weak prediction drops.
  var drops: Set<ConditionKind> {
    switch self {
    case .label, .pathLabel, .routesLabel: .all
    case .path, .routes: []
    }
  }

  var isByRoutes: Bool { self == .routes || self == .routesLabel }
}
