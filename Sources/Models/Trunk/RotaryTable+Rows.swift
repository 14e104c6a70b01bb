import Nets

extension RotaryTable {
  /// The rotations of some rows of the batch; a table that all rows share stays whole.
  func of(_ rows: RowSet) throws -> RotaryTable {
    guard cosines.shape.count > 2 else { return self }
    return RotaryTable(cosines: try rows.of(cosines), sines: try rows.of(sines))
  }
}
