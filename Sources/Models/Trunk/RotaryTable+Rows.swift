import Nets

extension RotaryTable {
  /// The RoPE table of some rows of the batch. A table that all rows share is returned as it is.
  func of(_ rows: RowSet) throws -> RotaryTable {
    guard cosines.shape.count > 2 else { return self }
    return RotaryTable(cosines: try rows.of(cosines), sines: try rows.of(sines))
  }
}
