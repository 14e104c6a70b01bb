import Evaluation
import Foundation
import Reports

/// The files of one evaluation: the record as JSON, and its page.
enum ScoresOnDisk {
  /// Writes both into a folder and returns the page.
  @discardableResult
  static func write(_ result: EvaluationResult, title: String, to folder: URL) throws -> URL {
    let base = folder.appendingPathComponent(result.fileName)
    try result.record.write(to: base.appendingPathExtension("json"))
    var page = EvaluationPage(
      title: title, reference: result.referenceName, record: result.record,
      grids: (try result.referenceGrid()?.pngData(), try result.grid().pngData()))
    if let neighbours = try result.neighbours() {
      page.neighbourhoods = try neighbours.closest.map { row in
        try EvaluationPage.Neighbourhood(
          picture: row.picture.pngData(),
          nearest: row.nearest.map { (try $0.picture.pngData(), $0.distance) })
      }
      page.neighbourSummary = neighbours.summary
    }
    page.map = try result.map()
    page.extrapolation = result.extrapolation.map {
      ($0.points.map { (count: $0.count, distance: $0.value) }, $0.value, $0.slope)
    }
    let url = base.appendingPathExtension("html")
    try page.write(to: url)
    return url
  }
}
