import Nets
import Tensors

/// What belongs to the tokens under way and has to be chosen along with them.
struct TokenCompanions {
  /// Time and label, `[batch, width]`.
  var condition: Tensor
  /// The rotations of the tokens, where the backbone turns queries and keys.
  var rotary: RotaryTable?
  /// The first block's values, `[batch, heads, tokens, head width]`, where later blocks mix them in.
  var firstValues: Tensor?
  /// `[batch, tokens]` int64 positions in the whole sequence; `nil` for all of it in order.
  var positions: Tensor?

  init(condition: Tensor, rotary: RotaryTable? = nil, firstValues: Tensor? = nil) {
    self.condition = condition
    self.rotary = rotary
    self.firstValues = firstValues
  }

  /// Those of the tokens at some `[batch, kept]` positions, or of all.
  func gathered(at positions: Tensor?) throws -> TokenCompanions {
    guard let positions else { return self }
    var chosen = self
    chosen.positions = positions
    chosen.rotary = try rotary?.gathered(at: positions)
    chosen.firstValues = try firstValues.map { values in
      let (heads, width) = (values.shape[1], values.shape[3])
      let places = try positions.unsqueezed(1).unsqueezed(-1)
        .expanded([positions.shape[0], heads, positions.shape[1], width])
      return try values.gathered(2, places)
    }
    return chosen
  }

  /// Those of some rows of the batch.
  func of(_ rows: RowSet) throws -> TokenCompanions {
    var chosen = self
    chosen.condition = try rows.of(condition)
    chosen.rotary = try rotary?.of(rows)
    chosen.firstValues = try firstValues.map(rows.of)
    chosen.positions = try positions.map(rows.of)
    return chosen
  }
}
