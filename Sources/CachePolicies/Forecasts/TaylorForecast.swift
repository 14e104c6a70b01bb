/// TaylorSeer's forecast, as its code computes it.
///
/// At each full step, `Δ = u_0 − u_1` after the one before, new factors come from the last ones,
///
///     D_0 = F,   D_{j+1} = (D_j − D_j of the full step before) / Δ
///
/// for `j` below the order and as far as the factors before reach, and the forecast at `x` is
/// `F̂ = Σ D_j·dʲ/j!` with `d = x − u_0`. `D_j` is linear in the newest `j + 1` values, so the weights
/// sum to 1.
///
/// The recursion is not a divided difference, which would divide by the distance over all values
/// involved, with `j!`. It is exact for features that are linear in the place only: for `f = u²` at
/// even gaps `h` it is off by `−h·d` at every order above 1, and at uneven gaps `D_2` is scaled
/// wrongly as well. ``NewtonForecast`` has neither fault at the same cost.
///
/// - Source: Shenyi-Z/TaylorSeer, Shenyi-Z/Cache4Diffusion, huggingface/diffusers and
///   vipshop/cache-dit; golden cases `taylorseer_*`, `taylor_uneven_*`, `diffusers_taylor_*` and
///   `cachedit_taylor_*`.
public struct TaylorForecast: Forecast, Equatable {
  /// The highest order of a factor.
  public let order: Int
  /// The earliest place at which differences are formed; full steps before it only keep their value.
  /// As a step's number it is 1 in TaylorSeer's code for DiT and HunyuanVideo and in diffusers, 2 in
  /// that for FLUX, in ParaAttention and in cache-dit, 3 in cache-dit's DBCache. At 0, the only
  /// choice that suits times, it is the second full step.
  public let firstDifference: Int

  /// Creates the forecast.
  ///
  /// - Precondition: `order` is not negative.
  public init(order: Int, firstDifference: Int = 0) {
    precondition(order >= 0, "A Taylor series has no order \(order).")
    self.order = order
    self.firstDifference = firstDifference
  }

  /// One value more than the order; of an older one no factor of the newest full step depends.
  public var depth: Int { order + 1 }

  /// How many factors the newest full step has, `D_0` included: one more than the full steps from
  /// ``firstDifference`` on, and no more than values are kept.
  public func factorCount(_ history: ForecastHistory) -> Int {
    let kept = history.fulls.prefix(depth)
    return min(kept.count, kept.count { $0 >= Double(firstDifference) } + 1)
  }

  /// The weights of the newest values.
  public func weights(_ history: ForecastHistory, at place: Double, products: [[Double]])
    -> ForecastWeights
  {
    let places = Array(history.fulls.prefix(factorCount(history)))
    // Row k holds the weights in D_j of the k-th full step, which exists while k + j < the count.
    var factors = unitVectors(places.count)
    var weights = factors[0]
    var power = 1.0
    for j in 1..<max(places.count, 1) {
      factors = (0..<factors.count - 1).map { k in
        let gap = places[k] - places[k + 1]
        return zip(factors[k], factors[k + 1]).map { ($0 - $1) / gap }
      }
      power *= (place - places[0]) / Double(j)
      for (index, factor) in factors[0].enumerated() { weights[index] += factor * power }
    }
    return ForecastWeights(weights)
  }
}
