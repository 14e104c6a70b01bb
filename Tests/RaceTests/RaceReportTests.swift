import Foundation
import Race
import Reports
import Testing

/// What the page of a race draws, from files whose numbers are known.
@Suite struct RaceReportTests {
  private static let scoring = """
      scores:
        settings: [evaluation.metrics=fd_infinity]
        guidances: [1]
        generation_seeds: [0, 1]
        budgets: 1

    """

  /// A curve over 1/n for each run and generation seed, and the distance that it leads to.
  @Test func distancesOverTheNumberOfPictures() throws {
    var race = try SyntheticRace()
    race.scores = Self.scoring
    let plan = try race.write()
    try race.writeScores(plan, metric: "fd_infinity") { run, seed in
      (run.arm == "new" ? 40 : 50) + Double(run.seed + seed) / 10
    }
    let without = RaceReport.page(try race.judge())
    #expect(without.contains("Distances over 1/n were not measured"))
    for run in plan.runs where run.budget == 4 {
      let file = race.scoresFile(run, of: plan)
      let scores = try JSONDecoder().decode([RunScore].self, from: Data(contentsOf: file))
      let extended = scores.map { score in
        var score = score
        score.subsets = [500, 750, 1_000].map {
          RunScore.SubsetDistance(pictures: $0, distance: score.value + 9_000 / Double($0))
        }
        return score
      }
      try RunScore.write(extended, to: file)
    }
    let record = try race.judge()
    let page = RaceReport.page(record)
    #expect(!page.contains("Distances over 1/n were not measured"))
    let chart = try #require(page.components(separatedBy: "aria-label=\"Fréchet distance\"").last)
    let figure = try #require(chart.components(separatedBy: "</svg>\n</svg>").first)
    // Two recipes, five seeds, two seeds of noise; the dots are what the curves lead to.
    #expect(figure.components(separatedBy: "<circle").count - 1 >= 20)
    #expect(figure.contains("1 / number of pictures"))
  }

  /// Speed-ups are listed in the units of the race, and what is void says so.
  @Test func unitsOfTheClaim() throws {
    let race = try SyntheticRace()
    try race.write()
    let page = RaceReport.page(try race.judge())
    for unit in ["reference time", "FLOPs", "images", "wall-clock time"] {
      #expect(page.contains("<th scope=\"row\">\(unit)</th>"), "\(unit)")
    }
    #expect(!page.contains("evaluations of the network</th>"))
    #expect(page.contains("the lowest held-out loss was chosen"))
  }
}
