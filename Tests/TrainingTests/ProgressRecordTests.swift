import Diagnostics
import Foundation
import RunFiles
import Runs
import Testing

@testable import Training

/// The progress of a checkpoint is read as a whole, or refused by what is wrong in it.
@Suite struct ProgressRecordTests {
  @Test(arguments: [
    ("images", "-5", "`images`: -5"),
    ("images", "9223372036854775807", "`images`"),
    ("step", "4611686018427387904", "`step`"),
    ("window.binSums", "[]", "`window.binSums`: 0 bins; expected 10"),
    ("window.binCounts", "[1,2]", "`window.binCounts`: 2 bins"),
    ("window.binCounts", "[0,0,0,0,0,0,0,0,0,-1]", "`window.binCounts`: -1"),
    ("window.steps", "-1", "`window.steps`"),
    ("clock.rated_images", "9223372036854775807", "`clock.rated_images`"),
    ("clock.rated_seconds", "-1", "`clock.rated_seconds`"),
    ("clock.warm_up_steps", "-9223372036854775808", "`clock.warm_up_steps`"),
    ("clock", "7", "clock"),
  ])
  func numbersOutOfBounds(path: String, value: String, message: String) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("peregrine-progress-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = try JSONEncoder().encode(TrainingProgress())
    var fields = try #require(JSONSerialization.jsonObject(with: whole) as? [String: Any])
    let new = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    let keys = path.split(separator: ".").map(String.init)
    if keys.count == 1 {
      fields[keys[0]] = new
    } else {
      var section = try #require(fields[keys[0]] as? [String: Any])
      section[keys[1]] = new
      fields[keys[0]] = section
    }
    let checkpoint = Checkpoint(url: folder, images: 0)
    let file = checkpoint.file(.progress)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try JSONSerialization.data(withJSONObject: fields).write(to: file)
    let error = #expect(throws: PeregrineError.self) {
      try checkpoint.progress(as: TrainingProgress.self)
    }
    #expect(error?.code == .badData)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    try whole.write(to: file)
    #expect(try checkpoint.progress(as: TrainingProgress.self).images == 0)
  }
}
