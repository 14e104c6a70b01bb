import ArgumentParser
import Datasets
import Pictures

/// How picture files are read.
struct PictureOptions: ParsableArguments {
  @Option(
    help:
      "The orientation that cameras note (EXIF): stored uses pixels as they are, upright turns them as viewers do."
  )
  var orientation = PictureOrientation.stored
}

extension PictureOrientation: ExpressibleByArgument {}

extension Terminal {
  /// Writes what people should know about a dataset.
  static func complain(notices summary: DatasetSummary) {
    for notice in summary.notices ?? [] { complain("note: \(notice)") }
  }
}
