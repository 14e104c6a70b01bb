import ArgumentParser
import Diagnostics
import Tensors

/// The choice of the compute engine.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Who computes bfloat16 products and AdamW's steps on a CPU: fused (kernels of our own) or reference (libtorch).",
      discussion: "Default: fused, where the processor has AVX-512 with bfloat16."))
  var engine: Engine?

  /// Applies the choice to this process.
  ///
  /// - Throws: ``PeregrineError`` `.unavailable` when the processor does not support the engine.
  func apply() throws {
    guard let engine else { return }
    guard engine != .fused || Runtime.hasFusedEngine else {
      throw PeregrineError(
        .unavailable, doing: "choosing the fused engine",
        found: "a processor without AVX-512 and bfloat16",
        advice: "Leave out --engine; libtorch's operations are used then.")
    }
    Runtime.engine = engine
  }
}

extension Engine: ExpressibleByArgument {}
