import Diagnostics

/// The origin of a picture: the record in the text chunks of each PNG.
///
/// ``command`` is the exact command line that makes the picture again.
public struct Provenance: Codable, Sendable, Equatable {
  /// The command that makes this picture again.
  public var command: String
  /// The name of the run.
  public var run: String
  /// The folder of the run, as it was named; `nil` in pictures of earlier versions.
  public var folder: String?
  /// The checkpoint, as the number of images it has seen.
  public var checkpoint: String
  /// The hash of the weights: algorithm, colon, hexadecimal digits.
  public var weightsHash: String
  /// The seed of the noise.
  public var seed: UInt64
  /// The index of the picture under that seed.
  public var index: Int
  /// The class, or `nil` when there is none.
  public var label: Int?
  /// The name of the class.
  public var labelName: String?
  /// The solver's name.
  public var solver: String
  /// Steps of the solver.
  public var steps: Int
  /// The guidance scale; 1 means none.
  public var guidance: Double
  /// Other settings of the sampler, by name.
  public var settings: [String: String]
  /// The version of Peregrine.
  public var peregrine: String

  /// Makes a record.
  public init(
    command: String, run: String, folder: String? = nil, checkpoint: String, weightsHash: String,
    seed: UInt64,
    index: Int, label: Int? = nil, labelName: String? = nil, solver: String, steps: Int,
    guidance: Double = 1, settings: [String: String] = [:],
    peregrine: String = PeregrineVersion.current
  ) {
    self.command = command
    self.run = run
    self.folder = folder
    self.checkpoint = checkpoint
    self.weightsHash = weightsHash
    self.seed = seed
    self.index = index
    self.label = label
    self.labelName = labelName
    self.solver = solver
    self.steps = steps
    self.guidance = guidance
    self.settings = settings
    self.peregrine = peregrine
  }

  private static let prefix = "peregrine:"
  private static let settingPrefix = "peregrine:settings."

  /// The record as PNG text: `Software`, and one `peregrine:` key for each field.
  public var textChunks: [String: String] {
    var fields = [
      "command": command, "run": run, "checkpoint": checkpoint, "weights_hash": weightsHash,
      "seed": "\(seed)", "index": "\(index)", "solver": solver, "steps": "\(steps)",
      "guidance": "\(guidance)", "version": peregrine,
    ]
    fields["folder"] = folder
    fields["label"] = label.map(String.init)
    fields["label_name"] = labelName
    for (name, value) in settings { fields["settings.\(name)"] = value }
    var chunks = ["Software": "Peregrine \(peregrine)"]
    for (name, value) in fields { chunks[Self.prefix + name] = value }
    return chunks
  }

  /// What all pictures of one set have in common: everything but the index, the class, and the command
  /// and version that made the picture.
  public var setFields: [String: String] {
    let own = ["command", "folder", "index", "label", "label_name", "version"].map {
      Self.prefix + $0
    }
    return textChunks.filter { $0.key.hasPrefix(Self.prefix) && !own.contains($0.key) }
  }

  /// Reads the record of a picture; text chunks of other programs are skipped.
  ///
  /// - Throws: ``PeregrineError`` `.badData` when a field is missing or unreadable.
  public init(textChunks: [String: String]) throws {
    func text(_ name: String) throws -> String {
      guard let value = textChunks[Self.prefix + name] else {
        throw Self.damage(name, found: "no such text", expected: "a picture sampled by Peregrine")
      }
      return value
    }
    func number<Number: LosslessStringConvertible>(_ name: String) throws -> Number {
      let value = try text(name)
      guard let number = Number(value) else {
        throw Self.damage(name, found: "`\(value)`", expected: "a number (\(Number.self))")
      }
      return number
    }
    let settings = textChunks.filter { $0.key.hasPrefix(Self.settingPrefix) }
      .map { (String($0.key.dropFirst(Self.settingPrefix.count)), $0.value) }
    self.init(
      command: try text("command"), run: try text("run"),
      folder: textChunks[Self.prefix + "folder"], checkpoint: try text("checkpoint"),
      weightsHash: try text("weights_hash"), seed: try number("seed"), index: try number("index"),
      label: textChunks[Self.prefix + "label"] == nil ? nil : try number("label"),
      labelName: textChunks[Self.prefix + "label_name"], solver: try text("solver"),
      steps: try number("steps"), guidance: try number("guidance"),
      settings: Dictionary(uniqueKeysWithValues: settings), peregrine: try text("version"))
  }

  private static func damage(_ name: String, found: String, expected: String) -> PeregrineError {
    PeregrineError(
      .badData, doing: "reading `\(prefix)\(name)` from the text of a picture", found: found,
      expected: expected,
      advice: "Use the file as it was written: many programs drop the text when they save.")
  }
}
