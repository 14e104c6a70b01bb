import DiffusionMath
import Foundation

/// A flow from noise to a mixture of Gaussians, whose velocity is known exactly: a network without
/// training, for studies of caches.
///
/// - Time: 0 is data, 1 is noise; `x_t = (1 − t)·x + t·ε`.
struct MixtureFlow {
  /// A narrow bump of the velocity, which the probe sees as well.
  struct Burst {
    /// The step of its peak.
    var center: Double
    /// Its standard deviation, in steps.
    var width = 0.8
    /// Its norm at the peak, relative to the usual norm of the velocity.
    var height = 15.0
    var direction: [Double]

    /// The norm at a step, relative to the usual norm of the velocity.
    func size(at step: Int) -> Double {
      let distance = (Double(step) - center) / width
      return height * exp(-distance * distance / 2)
    }
  }

  static let dimensions = 48
  static let modes = 24
  /// The times of the steps, with the end.
  let times: [Double]
  /// The standard deviation of each mode; the modes themselves are standard normal.
  let spread: Double
  private let means: [Double]
  private let squares: [Double]

  init(steps: Int = 50, shift: Double = 3, spread: Double = 0.3) {
    times = TimeGrid.uniform(steps: steps, shift: TimeShift(factor: shift)).times
    self.spread = spread
    let all = (0..<Self.modes).map { Self.normal("mode", $0) }
    means = all.flatMap { $0 }
    squares = all.map { pow(Self.norm($0), 2) }
  }

  /// The number of steps.
  var steps: Int { times.count - 1 }

  /// The inner products of a point and each mode.
  func projections(_ point: [Double]) -> [Double] {
    (0..<Self.modes).map { Self.dot(means, from: $0 * Self.dimensions, point) }
  }

  /// The mean of `ε − x` given `x_t`.
  func velocity(_ point: [Double], _ time: Double) -> [Double] {
    let keep = 1 - time
    let variance = keep * keep * spread * spread + time * time
    let logits = zip(projections(point), squares).map { projection, square in
      keep * (projection - keep * square / 2) / variance
    }
    let largest = logits.max() ?? 0
    let weights = logits.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    let gain = keep * spread * spread / variance
    // The mean of x given x_t is the sum of μ·(1 − gain·keep)·weight, plus gain·x_t.
    var velocity = point
    Self.scale(&velocity, by: (1 - gain) / time)
    for (mode, weight) in weights.enumerated() where weight > 1e-12 * total {
      let factor = -(1 - gain * keep) * weight / total / time
      Self.add(factor, means, from: mode * Self.dimensions, to: &velocity)
    }
    return velocity
  }

  /// A squashed projection on each mode: what the probe sees.
  func probe(_ point: [Double], burst: Double) -> [Double] {
    let unit = Double(Self.dimensions).squareRoot()
    return projections(point).map { projection in
      let value = projection / unit + burst
      return value / (1 + value * value).squareRoot()
    }
  }

  /// A standard normal point.
  static func normal(_ purpose: String, _ index: Int) -> [Double] {
    var stream = RandomStream(seed: 5, purpose: "tests/\(purpose)", index: UInt64(index))
    return stream.normals(dimensions).map(Double.init)
  }

  /// The Euclidean norm.
  static func norm(_ point: [Double]) -> Double { dot(point, from: 0, point).squareRoot() }

  /// The norm of a difference, relative to the norm of the second point.
  static func deviation(_ point: [Double], from exact: [Double]) -> Double {
    var rest = point
    add(-1, exact, from: 0, to: &rest)
    return norm(rest) / norm(exact)
  }

  /// The inner product with a part of a list. The loops over buffers are quick without optimisation.
  private static func dot(_ list: [Double], from start: Int, _ point: [Double]) -> Double {
    list.withUnsafeBufferPointer { list in
      point.withUnsafeBufferPointer { point in
        var (sum, lane) = (0.0, 0)
        while lane < point.count {
          sum += list[start + lane] * point[lane]
          lane += 1
        }
        return sum
      }
    }
  }

  /// Adds a multiple of a part of a list.
  static func add(_ factor: Double, _ list: [Double], from start: Int, to point: inout [Double]) {
    list.withUnsafeBufferPointer { list in
      point.withUnsafeMutableBufferPointer { point in
        var lane = 0
        while lane < point.count {
          point[lane] += factor * list[start + lane]
          lane += 1
        }
      }
    }
  }

  private static func scale(_ point: inout [Double], by factor: Double) {
    add(factor - 1, point, from: 0, to: &point)
  }
}
