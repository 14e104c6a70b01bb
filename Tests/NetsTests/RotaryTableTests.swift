import Nets
import Tensors
import TestSupport
import Testing

@Suite struct RotaryTableTests {
  private let table: RotaryTable

  init() throws { table = try RotaryTable(side: 3, headWidth: 8) }

  /// Turning some tokens equals turning all and taking some, whatever each row's choice.
  @Test func gatheredRotationsTurnTokensByTheirOwnPositions() throws {
    let x = try PlainArray.example([2, 2, 9, 8]).tensor(.float32)
    let positions = try Tensor([Int64]([8, 0, 5, 2, 2, 7]), shape: [2, 3])
    let places = try positions.unsqueezed(1).unsqueezed(-1).expanded([2, 2, 3, 8])
    let found = try table.gathered(at: positions).rotate(x.gathered(2, places))
    #expect(try found.bytes() == table.rotate(x).gathered(2, places).bytes())
    let unmoved = try table.rotate(x.sliced(2, 0..<9)).sliced(2, 0..<3)
    #expect(try PlainArray(found).distance(to: PlainArray(unmoved)) > 0.1)
  }

  @Test func allPositionsInOrderChangeNoBit() throws {
    let x = try PlainArray.example([2, 2, 9, 8]).tensor(.float32)
    let positions = try Tensor([0, 1].flatMap { _ in Int64(0)..<9 }, shape: [2, 9])
    #expect(try table.gathered(at: positions).rotate(x).bytes() == table.rotate(x).bytes())
  }

  @Test func aClassTokenIsNotTurned() throws {
    let longer = try table.prepending(unturned: 1)
    let x = try PlainArray.example([1, 2, 10, 8]).tensor(.float32)
    let turned = try longer.rotate(x)
    #expect(try turned.sliced(2, 0..<1).bytes() == x.sliced(2, 0..<1).bytes())
    let rest = try table.rotate(x.sliced(2, 1..<10))
    #expect(try turned.sliced(2, 1..<10).bytes() == rest.bytes())
  }

  @Test func checkpointsCarryTheTableWithoutCountingIt() throws {
    let positions = try RotaryPositions(side: 3, headWidth: 8)
    #expect(positions.state.map(\.name) == ["freqs_cos", "freqs_sin"])
    #expect(positions.parameterCount == 0)
    #expect(positions.trainableParameters.isEmpty)
    try positions.initialize(seed: 1)
    #expect(try positions.table.cosines.bytes() == table.cosines.bytes())
    #expect(try positions.table.sines.bytes() == table.sines.bytes())
  }
}
