/// Continues the polynomial through the newest values.
///
/// With the values `F_j` at the places `u_j`, newest first, and the forecast at `x`:
///
///     F̂ = Σ w_j·F_j,   w_j = Π_{k≠j} (x − u_k) / (u_j − u_k),   Σ w_j = 1
///
/// This is Newton's divided-difference formula with its terms collected by value. Through `n` values
/// it is exact for polynomials of degree `n − 1`, at even and at uneven distances.
///
/// Errors of the values are amplified by up to `Λ = Σ|w_j|`, which grows fast with the distance: at
/// even gaps `h` order 2 has Λ = 7, 17, 31 at `h`, `2h`, `3h`, and with values at 0, 1 and 2 it has
/// 127 at 9. So the oldest value is left out until Λ is at most ``limit``; the order that is used is
/// the number of weights minus 1.
///
/// - Departs: from TaylorSeer, whose recursion is exact for straight lines only
///   (``TaylorForecast``), and by the limit.
public struct NewtonForecast: Forecast, Equatable {
  /// The highest degree of the polynomial; lower while fewer values are there.
  public let order: Int
  /// The largest `Λ = Σ|w_j|`; `nil` for no limit. 7 lets order 2 reach one even gap ahead; 3.5
  /// suits where errors matter more than speed.
  public let limit: Double?

  /// Creates the forecast.
  ///
  /// - Precondition: `order` is not negative, and `limit` is at least 1, which is the Λ of order 0.
  public init(order: Int = 2, limit: Double? = 7) {
    precondition(order >= 0, "A polynomial has no order \(order).")
    precondition(limit.map { $0 >= 1 } ?? true, "No forecast keeps to a limit below 1.")
    self.order = order
    self.limit = limit
  }

  /// One value more than the order.
  public var depth: Int { order + 1 }

  /// The weights `w_j` of as many values as the limit allows.
  ///
  /// - Precondition: no two values are at one place.
  public func weights(_ history: ForecastHistory, at place: Double, products: [[Double]])
    -> ForecastWeights
  {
    var places = history.fulls.prefix(depth)
    var weights = lagrangeWeights(places, at: place)
    while let limit, places.count > 1, weights.reduce(0, { $0 + abs($1) }) > limit {
      places.removeLast()
      weights = lagrangeWeights(places, at: place)
    }
    return ForecastWeights(weights)
  }

  private func lagrangeWeights(_ places: ArraySlice<Double>, at place: Double) -> [Double] {
    places.indices.map { j in
      places.indices.reduce(1) { product, k in
        guard k != j else { return product }
        precondition(places[k] != places[j], "Two values are at the place \(places[j]).")
        return product * (place - places[k]) / (places[j] - places[k])
      }
    }
  }
}
