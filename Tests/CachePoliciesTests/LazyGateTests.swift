import CachePolicies
import Foundation
import Testing

@Suite struct LazyGateTests {
  private let fixture: PolicyFixture

  init() throws { fixture = try PolicyFixture() }

  /// What a block of two modules gives over all steps and rows, in that order.
  private struct BlockRun {
    var x: [Double] = []
    var scores: [[Double]] = [[], []]
    var computed: [[Double]] = [[], []]
  }

  /// x ← x + gate · module(z), twice, with z = LN(x) · (1 + scale) + shift and the module tanh(z W). With
  /// `mixes`, a module's output is mixed with its previous one instead of chosen. The case's `gates` may
  /// say that w = 0.
  private func run(_ golden: PolicyFixture.Case, mixes: Bool = false) throws -> BlockRun {
    let (x, modulation) = (try golden.input("x"), try golden.input("mod"))
    let matrices = [try golden.input("A").numbers, try golden.input("M").numbers]
    let gates = [try golden.input("w_attn"), try golden.input("w_mlp")]
    let (rows, width, epsilon) = (x.shape[1], x.shape[3], try golden.number("norm_eps"))
    let (size, gate) = (x.shape[2] * width, LazyGate())
    let factor = golden.params["gates"] as? String == "zero" ? 0.0 : 1
    var kept: [[[Double]]] = Array(repeating: [[], []], count: rows)
    var found = BlockRun()
    for step in 0..<x.shape[0] {
      for row in 0..<rows {
        var stream = Array(x[step][row * size..<(row + 1) * size])
        let vectors = (0..<6).map { part in
          (0..<width).map { modulation[step][(row * 6 + part) * width + $0] }
        }
        for module in 0...1 {
          let z = modulated(stream, vectors[3 * module], vectors[3 * module + 1], epsilon)
          let weighted = z.indices.reduce(0) { $0 + z[$1] * gates[module][step][$1 % width] }
          let score = step == 0 ? 1 : LazyGate.score(factor * weighted)
          let computes = gate.computes(step: step, score: score)
          let output = tanhProduct(z, matrices[module], width)
          if mixes, step > 0 {
            kept[row][module] = zip(output, kept[row][module]).map {
              score * $0 + (1 - score) * $1
            }
          } else if computes || mixes {
            kept[row][module] = output
          }
          stream = stream.indices.map {
            stream[$0] + vectors[3 * module + 2][$0 % width] * kept[row][module][$0]
          }
          found.scores[module].append(score)
          found.computed[module].append(computes ? 1 : 0)
        }
        found.x += stream
      }
    }
    return found
  }

  private func modulated(
    _ x: [Double], _ shift: [Double], _ scale: [Double], _ epsilon: Double
  ) -> [Double] {
    let width = shift.count
    return stride(from: 0, to: x.count, by: width).flatMap { start in
      let token = x[start..<start + width]
      let mean = token.reduce(0, +) / Double(width)
      let variance = token.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      return token.enumerated().map { channel, value in
        (value - mean) / (variance + epsilon).squareRoot() * (1 + scale[channel]) + shift[channel]
      }
    }
  }

  private func tanhProduct(_ z: [Double], _ matrix: [Double], _ width: Int) -> [Double] {
    z.indices.map { index in
      let (start, column) = (index / width * width, index % width)
      return tanh((0..<width).reduce(0) { $0 + z[start + $1] * matrix[$1 * width + column] })
    }
  }

  @Test func scoresDecisionsAndOutputsAreThePublishedOnes() throws {
    for name in ["lazydit_block", "lazydit_zero"] {
      let golden = try fixture[name]
      let found = try run(golden)
      #expect(try golden.departures("q_attn", found.scores[0]) == [])
      #expect(try golden.departures("q_mlp", found.scores[1]) == [])
      #expect(try golden.departures("compute_attn", found.computed[0]) == [])
      #expect(try golden.departures("compute_mlp", found.computed[1]) == [])
      #expect(try golden.departures("x", found.x) == [])
    }
  }

  @Test func scoresMixOutputsInTraining() throws {
    let golden = try fixture["lazydit_mix"]
    let found = try run(golden, mixes: true)
    #expect(try golden.departures("q_attn", found.scores[0]) == [])
    #expect(try golden.departures("q_mlp", found.scores[1]) == [])
    #expect(try golden.departures("x", found.x) == [])
  }

  @Test func theFirstStepAndDamagedScoresAreComputed() {
    let gate = LazyGate()
    #expect(gate.computes(step: 0, score: 0))
    #expect(!gate.computes(step: 1, score: 0.49) && gate.computes(step: 1, score: 0.5))
    #expect(gate.computes(step: 1, score: .nan))
    #expect(LazyGate.score(0) == 0.5 && LazyGate.score(-1_000) == 0 && LazyGate.score(1_000) == 1)
  }
}
