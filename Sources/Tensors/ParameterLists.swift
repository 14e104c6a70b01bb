import CTorch
import Diagnostics

/// Operations on whole lists of tensors at once, for optimizers.
public enum ParameterLists {
  /// One fused AdamW step, in place.
  ///
  /// θ ← θ − η·λ·θ, then θ ← θ − η·m̂/(√v̂ + ε).
  /// - Parameters:
  ///   - steps: one float32 scalar per parameter, the number of updates so far; it is incremented.
  ///   - averages: one per parameter; each moves toward the new value by `averageRate` of the
  ///     distance. May be empty.
  /// - Source: Loshchilov & Hutter, arXiv 1711.05101, algorithm 2.
  public static func adamW(
    parameters: [Tensor], gradients: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor],
    steps: [Tensor], averages: [Tensor] = [], learningRate: Double, beta1: Double, beta2: Double,
    weightDecay: Double, epsilon: Double, averageRate: Double = 0
  ) throws {
    let lists =
      [gradients, firstMoments, secondMoments, steps] + (averages.isEmpty ? [] : [averages])
    precondition(
      lists.allSatisfy { $0.count == parameters.count },
      "adamW needs lists of one length: \(parameters.count) and \(lists.map(\.count)).")
    if parameters.isEmpty { return }
    try parameters.withHandles { parameters, count in
      try gradients.withHandles { gradients, _ in
        try firstMoments.withHandles { first, _ in
          try secondMoments.withHandles { second, _ in
            try steps.withHandles { steps, _ in
              try averages.withHandles { averages, followers in
                try call("taking an AdamW step") {
                  ct_adamw(
                    parameters, gradients, first, second, steps, followers > 0 ? averages : nil,
                    count, learningRate, beta1, beta2, weightDecay, epsilon, averageRate, $0)
                }
              }
            }
          }
        }
      }
    }
  }

  /// The Euclidean norm over all elements of all tensors, summed in float64, as a one-element tensor
  /// in float64. On a CPU it does not depend on the number of threads.
  public static func globalNorm(_ tensors: [Tensor]) throws -> Tensor {
    try tensors.withHandles { handles, count in
      try make("taking the norm of \(tensors.count) tensors") {
        ct_global_norm(handles, count, $0, $1)
      }
    }
  }

  /// Multiplies every tensor by the same one-element tensor, in place.
  public static func scale(_ tensors: [Tensor], by factor: Tensor) throws {
    if tensors.isEmpty { return }
    try tensors.withHandles { handles, count in
      try call("scaling \(tensors.count) tensors") {
        ct_scale_all(handles, count, factor.handle, $0)
      }
    }
  }

  /// target ← target + source for every pair, in place.
  public static func add(_ sources: [Tensor], into targets: [Tensor]) throws {
    precondition(
      targets.count == sources.count,
      "add needs lists of one length: \(targets.count) and \(sources.count).")
    if targets.isEmpty { return }
    try targets.withHandles { targets, count in
      try sources.withHandles { sources, _ in
        try call("adding tensors") { ct_add_all(targets, sources, count, $0) }
      }
    }
  }

  /// target ← target + weight · (source − target) for every pair, in place.
  public static func interpolate(_ targets: [Tensor], toward sources: [Tensor], weight: Double)
    throws
  {
    precondition(
      targets.count == sources.count,
      "interpolate needs lists of one length: \(targets.count) and \(sources.count).")
    if targets.isEmpty { return }
    try targets.withHandles { targets, count in
      try sources.withHandles { sources, _ in
        try call("interpolating tensors") {
          ct_interpolate_all(targets, sources, count, weight, $0)
        }
      }
    }
  }
}
