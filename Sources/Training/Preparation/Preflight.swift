import Diagnostics
import Encoding
import FileAccess
import Foundation
import Recipes
import RunFiles

/// Checks before the first step that a run will find what it needs later: a way to draw its previews,
/// the decoder of its pictures, and disk space for its checkpoints.
struct Preflight {
  private let session: TrainingSession
  private let layout: RunLayout

  init(_ session: TrainingSession, in layout: RunLayout) {
    (self.session, self.layout) = (session, layout)
  }

  /// - Parameter warn: called with what may become a problem.
  /// - Throws: ``PeregrineError`` with what is missing.
  func check(warn: (PeregrineError) -> Void) throws {
    guard session.progress.images < session.recipe.training.images else { return }
    try checkDrawing()
    try checkDecoder()
    try checkDisk(warn)
  }

  private func checkDrawing() throws {
    let recipe = session.recipe
    guard recipe.schedule.previewEveryImages > 0 else { return }
    _ = try Drawing(recipe, recipe.preview.sampler, precision: recipe.computationDType)
  }

  private func checkDecoder() throws {
    let schedule = session.recipe.schedule
    guard schedule.previewEveryImages > 0 || schedule.evaluateEveryImages > 0 else { return }
    do {
      _ = try PictureDecoder(session.source.description, device: session.device)
    } catch let error as PeregrineError {
      throw error.advising(
        "Mend this, or train without pictures: "
          + "`--set schedule.preview_every_images=0 --set schedule.evaluate_every_images=0`.")
    }
  }

  private func checkDisk(_ warn: (PeregrineError) -> Void) throws {
    try requireWritable(layout.checkpoints)
    guard let free = freeBytes(at: layout.url) else { return }
    let schedule = session.recipe.schedule
    let size = session.checkpointBytes
    let left = session.recipe.training.images - session.progress.images
    // One more than is kept exists while a checkpoint is written.
    let room = schedule.keepCheckpoints - layout.finishedCheckpoints().count
    let coming = schedule.checkpointEveryImages > 0 ? left / schedule.checkpointEveryImages + 1 : 1
    let needed = Double(size) * Double(max(1, min(room, coming - 1) + 1))
    let error = PeregrineError(
      .io, doing: "checking the disk of `\(layout.url.path)`",
      found: "\(Readable.bytes(free)) free",
      expected: "\(Readable.quantity(needed, "B")) for checkpoints of \(Readable.bytes(size))",
      advice: "Free some space, keep fewer with `schedule.keep_checkpoints`, or choose another "
        + "`--out`.")
    if free < size { throw error }
    if Double(free) < needed { warn(error) }
  }
}
