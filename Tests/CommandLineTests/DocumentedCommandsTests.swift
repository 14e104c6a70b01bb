import Foundation
import TestSupport
import Testing

/// Every command that the pages print, in their order, as printed; sizes are appended here.
@Suite struct DocumentedCommandsTests {
  /// What a command gets beside its text; the first rule whose words it contains holds.
  private struct Rule {
    let words: String
    /// What its placeholders stand for.
    var placeholders: [String: String] = [:]
    /// Options that make it small; the last one of a kind counts.
    var append = ""
    /// What is done before it.
    var before = ""
    /// Verdicts have statuses of their own.
    var statuses: Set<Int32> = [0]
    /// Why it does not run to its end, and what it has to say then.
    var excluded: (because: String, saying: String)?
  }

  private static let training =
    "--set training.images=16 --set training.global_batch_size=4"
    + " --set training.micro_batch_size=2 --set data.validation_count=4"
    + " --set schedule.log_every_images=8 --set schedule.validate_every_images=16"
    + " --set schedule.preview_every_images=16 --set schedule.checkpoint_every_images=16"
    + " --set preview.count=1 --set preview.sampler.steps=1"
  private static let features = "--features mobilenet-v2@64 --weights FILE --allow-few-samples"
  private static let scoring = "--count 12 --steps 1 \(features)"

  /// `./peregrine` is the script, not the tool that stands for it elsewhere.
  private static func script(_ words: String, _ because: String) -> Rule {
    Rule(
      words: words, append: "--help; status=$?; mv tool peregrine; exit $status",
      before: "mv peregrine tool && ln -s \(SharedFolder.packageRoot.path)/peregrine peregrine",
      excluded: (because, "usage: ./peregrine"))
  }

  private static let rules: [Rule] = [
    script("./peregrine test", "it is this suite"),
    script("./peregrine lint", "it needs the toolchain"),
    script("./peregrine setup", "Tests/setup runs it"),
    script("./peregrine doctor", "Tests/setup runs it"),
    Rule(
      words: "--against torch", placeholders: ["P": "s2"], append: "--preset none", statuses: [64],
      excluded: ("Tests/setup/peers.sh makes the environment", "one of s2, b1, demo")),
    Rule(
      words: "./peregrine bench",
      placeholders: ["M": "tread", "R": "0.5", "KEY=VALUE": "data.size=32"],
      append: "--preset demo --rounds 1 --seconds 0.01"),
    Rule(
      words: "python3 Benchmarks/methods/compare.py", append: "--help",
      excluded: ("it trains every method", "usage:")),
    Rule(
      words: "python3 Benchmarks/acceleration/compare.py", append: "--help",
      excluded: ("it draws hundreds of pictures", "usage:")),
    Rule(
      words: "./peregrine demo",
      append: "--set model.preset=SiT-Ti/8 --set data.path=shapes:40 \(training)"),
    Rule(
      words: "--set teacher.network=dinov2",
      append:
        "--set model.preset=SiT-Ti/2 --set teacher.network=mobilenet-v2@64 \(training)"),
    Rule(
      words: "./peregrine train", placeholders: ["P": "SiT-Ti/2"],
      append: "--set model.preset=SiT-Ti/2 \(training)"),
    // CACHE stands for any new folder.
    Rule(
      words: "--feature-weights dinov2",
      append: "--size 64 --features mobilenet-v2@64 --feature-weights FILE", before: "rm -rf CACHE"),
    Rule(words: "./peregrine encode photos/", append: "--size 64", before: "rm -rf CACHE"),
    Rule(words: "./peregrine encode", before: "rm -rf CACHE"),
    Rule(
      words: "./peregrine sample runs/demo", append: "--count 6 --steps 4", before: "rm -rf fast"),
    Rule(words: "--accelerate softcap", append: "--steps 20"),
    Rule(words: "./peregrine sample", append: "--steps 2"),
    Rule(
      // Hardly trained, both draw the same pictures, so their signal-to-noise ratio is infinite.
      words: "./peregrine evaluate fast/ --against full/", append: "--metrics ssim"),
    Rule(
      words: "./peregrine evaluate samples.npz",
      append: "\(features) --metrics fd,precision_recall",
      before: "./peregrine sample runs/first --count 12 --steps 1 --npz samples.npz --out s"
        + " && cp samples.npz VIRTUAL_imagenet256_labeled.npz"),
    Rule(
      words: "./peregrine evaluate runs/caltech64",
      append: "--metrics fd,kid,precision_recall,density_coverage,neighbour_accuracy \(scoring)"),
    Rule(words: "./peregrine evaluate", append: "--size 64 \(scoring)"),
    Rule(
      words: "./peregrine compare runs/a",
      before: "for run in a b; do mkdir -p runs/$run/scores/…; "
        + "cp \(anyScore) runs/$run/scores/…/NAME.json; done"),
    Rule(
      words: "./peregrine compare",
      before: "for name in A B euler heun; do cp \(anyScore) $name.json; done"),
    Rule(words: "./peregrine race judge", statuses: [0, 10, 11, 12]),
    // The data and the reference are opened before the weights are missed.
    Rule(
      words: "./peregrine race plan",
      append: "--set data.validation_count=4 --set evaluation.weights=nowhere", statuses: [66],
      excluded: ("RaceWorkflowTests plans a race; a busy machine may refuse to", "nowhere")),
    Rule(
      words: "./peregrine race report", statuses: [66],
      excluded: ("RaceWorkflowTests reports a race", "race plan")),
    Rule(
      words: "./peregrine race run", statuses: [66],
      excluded: ("RaceWorkflowTests runs a race", "race plan")),
  ]
  private static let anyScore = "\"$(ls runs/first/scores/*/*.json | head -n 1)\""

  @Test func commandsOfThePagesRun() throws {
    let files = try DocumentedFiles()
    for page in [
      "README.md", "docs/data.md", "docs/scores.md", "docs/methods.md", "docs/races/README.md",
      "docs/performance.md", "docs/acceleration.md", "CONTRIBUTING.md",
    ] {
      let commands = try DocumentedCommand.all(in: page)
      #expect(!commands.isEmpty, "\(page)")
      for command in commands { try run(command, files) }
    }
  }

  private func run(_ command: DocumentedCommand, _ files: DocumentedFiles) throws {
    let rule = Self.rules.first { command.text.contains($0.words) } ?? Rule(words: "")
    let text = rule.placeholders.reduce(command.text) { text, placeholder in
      text.split(separator: " ").map { word in
        word.hasSuffix("=\(placeholder.key)")
          ? word.dropLast(placeholder.key.count) + placeholder.value
          : word == placeholder.key ? placeholder.value : String(word)
      }.joined(separator: " ")
    }
    var line = "\(text) \(rule.append)"
    if !rule.before.isEmpty { line = "{ \(rule.before); } >&2; \(line)" }
    let result = try Tool.shell(line, in: files.folder.url)
    #expect(rule.statuses.contains(result.status), "\(command)\n\(result.errors)")
    if let saying = rule.excluded?.saying {
      #expect((result.output + result.errors).contains(saying), "\(command)\n\(result.errors)")
    }
  }
}
