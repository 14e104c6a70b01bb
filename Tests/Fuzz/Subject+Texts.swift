import Foundation
import Race
import Scores

@testable import Recipes

/// Recipes, claims and scores.
extension Subject {
  static let texts = [
    Subject(
      name: "recipe", file: "x.yaml",
      make: { folder, _ in
        try Data(RecipeLayers().yaml().utf8).write(to: folder.appendingPathComponent("x.yaml"))
        return try Corpus.contents(of: "recipes", ".yaml")
      },
      read: { folder in
        let recipe = try RecipeLayers(file: folder.appendingPathComponent("x.yaml")).resolved()
        _ = try recipe.makeScoredDrawing()
      }),
    Subject(
      name: "claim", file: "x.yaml",
      make: { folder, _ in
        let claims = try Corpus.contents(of: "claims", ".yaml")
        try claims[0].write(to: folder.appendingPathComponent("x.yaml"))
        return Array(claims.dropFirst())
      },
      read: { folder in
        let claim = try Claim(file: folder.appendingPathComponent("x.yaml"))
        _ = try PublishedAudit(claim).lines(claim)
      }),
    Subject(
      name: "scores", file: "x.json",
      make: { folder, _ in
        let protocolRecord = try ScoreProtocol(["network": "inception", "count": "5000"])
        let scores = try [
          Score(
            .kernelDistance, 0.01, error: 0.001, errorMeaning: "standard error",
            protocolRecord: protocolRecord),
          Score(
            .frechetDistance, 12.5, error: nil, errorMeaning: nil, protocolRecord: protocolRecord),
        ]
        try ScoreRecord(subject: ["run": "a"], scores: scores, made: ["at": "2026"])
          .write(to: folder.appendingPathComponent("x.json"))
        return []
      },
      read: { folder in
        let record = try ScoreRecord(contentsOf: folder.appendingPathComponent("x.json"))
        _ = try ScoreComparison(record, against: record, varying: [])
      }),
  ]
}
