import Diagnostics
import Scores
import Tensors
import TestSupport
import Testing

struct NearestNeighboursTests {
  /// Against scikit-learn's brute search.
  @Test(arguments: NearestNeighbours.Metric.allCases)
  func equalsBruteSearch(metric: NearestNeighbours.Metric) throws {
    let golden = try MetricGolden()
    let generated = try golden.tensor("generated")
    let searches = [
      "": try NearestNeighbours(
        of: generated, among: golden.tensor("reference"), count: 5, metric: metric),
      "own/": try NearestNeighbours(within: generated, count: 5, metric: metric),
    ]
    for (part, found) in searches {
      let name = "neighbours/\(metric)/\(part)"
      let indices = try golden.tensor(name + "indices").scalars(Int64.self)
      #expect(try found.indices.scalars(Int64.self) == indices)
      let error = try PlainArray(found.distances)
        .distance(to: PlainArray(golden.tensor(name + "distances")))
      print("neighbours \(metric) \(part): worst error \(error)")
      #expect(error < 1e-12)
    }
  }

  /// More rows than a block holds, against distances worked out in one piece.
  @Test func blocksAreJoined() throws {
    let queries = try normalFeatures(2_100, width: 3, seed: 41)
    let reference = try normalFeatures(4_200, width: 3, seed: 42)
    let found = try NearestNeighbours(of: queries, among: reference, count: 4)
    #expect(found.indices.shape == [2_100, 4] && found.distances.shape == [2_100, 4])
    for row in [0, 5, 2_047, 2_048, 2_099] {
      let query = try queries.sliced(0, row..<(row + 1))
      let distances = try (reference - query).squared().sum([1]).squareRoot().scalars(Double.self)
      let nearest = distances.indices.sorted { distances[$0] < distances[$1] }.prefix(4)
      let line = try found.indices.sliced(0, row..<(row + 1)).scalars(Int64.self)
      #expect(line.map(Int.init) == Array(nearest))
    }
    let own = try NearestNeighbours(within: reference, count: 1)
    let isSelf = try own.indices.reshaped([4_200]).equals(.range(4_200))
    #expect(try isSelf.logicalNot().all())
  }

  /// Far from zero, where products of rows lose their digits.
  @Test func copiesHaveDistanceZero() throws {
    let reference = try normalFeatures(50, width: 6, shift: 1e5, seed: 43)
    let copies = try reference.sliced(0, 10..<20)
    let found = try NearestNeighbours(of: copies, among: reference, count: 2)
    #expect(
      try found.indices.sliced(1, 0..<1).reshaped([10]).scalars(Int64.self) == Array(10..<20))
    #expect(try found.distances.sliced(1, 0..<1).max().item() == 0)
    #expect(try found.distances.sliced(1, 1..<2).min().item() > 0.1)
  }

  @Test func cosinesIgnoreLengths() throws {
    let reference = try Tensor([1.0, 0, 0, 1, -1, 0], shape: [3, 2])
    let query = try Tensor([9.0, 9], shape: [1, 2])
    let found = try NearestNeighbours(of: query, among: reference, count: 3, metric: .cosine)
    let distances = try found.distances.scalars(Double.self)
    let half = 0.5.squareRoot()
    for (distance, expected) in zip(distances, [1 - half, 1 - half, 1 + half]) {
      #expect(abs(distance - expected) < 1e-15)
    }
    let error = #expect(throws: PeregrineError.self) {
      try NearestNeighbours(
        of: query, among: reference - reference, count: 1, metric: .cosine)
    }
    #expect(error?.code == .badData && error?.found.contains("row 0") == true)
  }

  @Test func unfitInputIsRefused() throws {
    let features = try normalFeatures(5, width: 2, seed: 1)
    for count in [0, 6] {
      let error = #expect(throws: PeregrineError.self) {
        try NearestNeighbours(of: features, among: features, count: count)
      }
      #expect(error?.code == .usage)
    }
    #expect(throws: PeregrineError.self) { try NearestNeighbours(within: features, count: 5) }
    let wide = try normalFeatures(5, width: 3, seed: 1)
    let error = #expect(throws: PeregrineError.self) {
      try NearestNeighbours(of: features, among: wide, count: 1)
    }
    #expect(error?.code == .shapeMismatch)
    let damaged = try features / 0
    #expect(throws: PeregrineError.self) {
      try NearestNeighbours(of: features, among: damaged, count: 1)
    }
  }
}
