import DiffusionMath
import Nets
import Tensors

/// The power-function averages that a run keeps during training, one for each relative length.
///
/// Averages of other lengths are reconstructed later from their snapshots; see ``AverageSnapshots``.
/// - Source: Karras et al., EDM2, arXiv 2312.02696, section 3.
package final class PowerAverages {
  /// One average, and its length relative to training.
  private struct Entry {
    let length: Double
    let profile: PowerFunctionAverage
    let average: ExponentialMovingAverage
  }

  private let entries: [Entry]

  /// Creates averages of the given relative lengths, which start at the current values.
  ///
  /// - Throws: ``PeregrineError`` `.usage` for a length that no power function can have.
  package init(_ lengths: [Double], of parameters: [NamedParameter]) throws {
    entries = try lengths.map { length in
      Entry(
        length: length, profile: try PowerFunctionAverage(relativeDeviation: length),
        average: try ExponentialMovingAverage(parameters))
    }
  }

  /// Whether the run keeps no averages.
  package var isEmpty: Bool { entries.isEmpty }

  /// Updates the averages with the current values, after a step that ended at `images`.
  package func update(images: Int, batch: Int) throws {
    for entry in entries {
      try entry.average.update(decay: entry.profile.decay(images: images, batch: batch))
    }
  }

  /// The averaged values by relative length.
  package var states: [(length: Double, state: NamedTensors)] {
    entries.map { ($0.length, $0.average.state) }
  }

  /// All values, with the length as a prefix of their names, for checkpoints.
  package var state: NamedTensors {
    states.flatMap { length, state in state.map { ("\(length)/\($0.name)", $0.tensor) } }
  }
}
