import Foundation
import Tensors

/// A rotary table that is stored in checkpoints: fixed, and not counted as a parameter.
public final class RotaryPositions: Module {
  private let cosines: Parameter
  private let sines: Parameter

  /// The rotations of a `side` × `side` grid.
  public init(side: Int, headWidth: Int) throws {
    let angles = RotaryTable.angles(side: side, headWidth: headWidth)
    let shape = [side * side, headWidth]
    cosines = try Parameter(shape: shape, buffer: angles.map { cos($0) })
    sines = try Parameter(shape: shape, buffer: angles.map { sin($0) })
  }

  /// `freqs_cos`, `freqs_sin`.
  public var members: [Member] {
    [.parameter("freqs_cos", cosines), .parameter("freqs_sin", sines)]
  }

  /// The current rotations: computed, or loaded from a checkpoint.
  public var table: RotaryTable { RotaryTable(cosines: cosines.value, sines: sines.value) }
}
