import Diagnostics
import Foundation
import Nets
import Recipes
import Telemetry
import Tensors
import Training

/// Our side of a benchmark, in its own process.
public enum ContenderService {
  /// Builds what the description asks for, writes a first line, and answers each number of
  /// repetitions with seconds.
  ///
  /// - Parameters:
  ///   - readLine: returns the next line; `nil` at the end of the input, which ends the service.
  ///   - write: writes a line of JSON.
  public static func serve(
    _ description: ContenderDescription, readLine: () -> String?, write: (String) -> Void
  ) throws {
    Runtime.threadCount = description.threads
    guard let engine = Engine(rawValue: description.engine) else {
      throw PeregrineError(
        .usage, doing: "starting a contender", found: "the engine `\(description.engine)`",
        expected: "one of \(Engine.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    Runtime.engine = engine
    let step = try RepeatedStep(description.recipe())
    if let result = description.result {
      try SafetensorsFile.write(
        try step.answers(description.work), to: URL(fileURLWithPath: result))
    }
    write(try line(["peregrine": PeregrineVersion.current, "engine": Runtime.engine.rawValue]))
    let clock = ContinuousClock()
    while let text = readLine(), let count = Int(text) {
      let seconds = try (0..<count).map { _ in
        try clock.measure { try step.run(description.work) } / .seconds(1)
      }
      try step.check()
      write(try line(["seconds": seconds]))
    }
  }

  private static func line(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }
}

extension ContenderDescription {
  /// The recipe, with the weights and threads of this description.
  func recipe() throws -> Recipe {
    let start = weights.isEmpty ? [] : ["model.start_from=\(weights)"]
    return try RecipeLayers(assignments: settings + start + ["training.threads=\(threads)"])
      .resolved()
  }
}
