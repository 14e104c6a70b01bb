import Nets
import Tensors

/// What belongs to the current tokens and has to be selected together with them.
struct TokenCompanions {
  /// The embedded time and conditions, `[batch, width]`.
  var condition: Tensor
  /// The RoPE table of the tokens, if the backbone rotates queries and keys.
  var rotary: RotaryTable?
  /// The first block's attention values, `[batch, heads, tokens, head width]`, if later blocks mix
  /// them in.
  var firstValues: Tensor?
  /// `[batch, tokens]` int64 positions in the full sequence; `nil` if all tokens are there in order.
  var positions: Tensor?

  init(condition: Tensor, rotary: RotaryTable? = nil, firstValues: Tensor? = nil) {
    self.condition = condition
    self.rotary = rotary
    self.firstValues = firstValues
  }

  /// The companions of the tokens at `[batch, kept]` positions; without positions, of all tokens.
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

  /// The companions of some rows of the batch.
  func of(_ rows: RowSet) throws -> TokenCompanions {
    var chosen = self
    chosen.condition = try rows.of(condition)
    chosen.rotary = try rotary?.of(rows)
    chosen.firstValues = try firstValues.map(rows.of)
    chosen.positions = try positions.map(rows.of)
    return chosen
  }
}
