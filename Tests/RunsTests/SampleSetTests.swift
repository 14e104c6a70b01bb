import Datasets
import Diagnostics
import Foundation
import Models
import Recipes
import RunFiles
import Tensors
import TestSupport
import Testing

@testable import Encoding
@testable import Evaluation
@testable import Runs

/// Pictures that are drawn to be scored: kept, gone on with, and never mixed up.
@Suite struct SampleSetTests {
  private let folder: TemporaryFolder
  private let classNames = ["circle", "square", "star"]

  init() throws { folder = try TemporaryFolder() }

  /// What a set is made from.
  private struct Making {
    var weights: UInt64 = 1
    var recipe = Recipe()
    var settings = SamplerSettings()
    var precision = DType.float32
    var policy = LabelPolicy.balanced
    var label: (Int) -> Int = { $0 % 3 }
    var seed: UInt64 = 5
    var images = 80

    init() {
      recipe.objective.floor = 0.01
      settings.solver = .euler
      settings.steps = 2
    }
  }

  private func set(_ name: String, _ change: (inout Making) -> Void = { _ in }) throws -> SampleSet
  {
    var making = Making()
    change(&making)
    let model = try SiT(
      SiTConfiguration(
        size: TransformerSize(depth: 1, width: 16, heads: 2), patch: 4, channels: 3, side: 8,
        classCount: 3))
    try model.randomize(seed: making.weights)
    let pixels = DatasetSummary(
      name: "pixels", kind: "shapes", count: 1, itemShape: [3, 8, 8], classNames: classNames,
      fingerprint: "")
    let sampling = PictureSampling(
      backbone: model,
      decoder: try PictureDecoder(DataDescription(summary: pixels), device: .cpu), device: .cpu)
    let drawing = try Drawing(making.recipe, making.settings, precision: making.precision)
    return try SampleSet(
      sampling, drawing: drawing, labels: (making.policy, making.label), seed: making.seed,
      classNames: classNames, images: making.images,
      in: RunLayout(folder.url.appendingPathComponent(name)))
  }

  private func files(_ set: SampleSet) throws -> [String: Data] {
    let pictures = RunLayout.pictures(ofSampleSet: set.folder)
    return try Dictionary(
      uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: pictures.path).map {
        ($0, try Data(contentsOf: pictures.appendingPathComponent($0)))
      })
  }

  private func pixels(_ pictures: any PictureDataset, _ indices: Range<Int>) throws -> [UInt8] {
    try indices.flatMap { try pictures.picture(at: $0).pixels }
  }

  @Test func anInterruptedDrawingGoesOnAndGivesTheSameBytes() throws {
    let whole = try set("whole")
    var drawn = 0
    let pictures = try whole.draw(count: 600, batchSize: 50) { done, total in
      drawn = done
      return total == 600
    }
    #expect(drawn == 600)
    #expect(pictures.summary.count == 600)
    #expect(pictures.summary.classNames == classNames)
    #expect(try (0..<600).allSatisfy { try pictures.label(at: $0) == $0 % 3 })

    for stop in [100, 300, 512] {
      let error = #expect(throws: PeregrineError.self) {
        try set("parts").draw(count: 600, batchSize: 50) { done, _ in done < stop }
      }
      #expect(error?.code == .interrupted)
      #expect(error?.found.contains("of 600") == true)
    }
    var first: Int?
    _ = try set("parts").draw(count: 600, batchSize: 50) { done, _ in
      first = first ?? done
      return true
    }
    // Finished shards of 256 are not drawn again.
    #expect(first ?? 0 >= 512)
    #expect(try files(set("parts")) == files(whole))
  }

  @Test func whatIsThereIsNotDrawnAgain() throws {
    _ = try set("kept").draw(count: 300, batchSize: 50) { _, _ in true }
    let before = try files(set("kept"))
    _ = try set("kept").draw(count: 300, batchSize: 50) { _, _ in
      Issue.record("drawn again")
      return true
    }
    #expect(try files(set("kept")) == before)
  }

  @Test func moreKeepsTheFirst() throws {
    let few = try set("grown").draw(count: 300, batchSize: 50) { _, _ in true }
    let before = try pixels(few, 0..<300)
    let many = try set("grown").draw(count: 600, batchSize: 50) { _, _ in true }
    #expect(many.summary.count == 600)
    let after = try pixels(many, 0..<300)
    // The whole shard stays; of the other one, batches differ, and so may the last bit.
    #expect(before.prefix(256 * 192) == after.prefix(256 * 192))
    #expect(zip(before, after).map { abs(Int($0) - Int($1)) }.max() ?? 255 <= 1)
  }

  @Test func everythingThatDecidesAboutPicturesNamesTheFolder() throws {
    let changes: [(inout Making) -> Void] = [
      { $0.weights = 2 }, { $0.seed = 6 }, { $0.images = 84 }, { $0.settings.steps = 3 },
      { $0.settings.solver = .heun }, { $0.settings.guidance = 2 },
      { $0.settings.guidanceLow = 0.1 }, { $0.settings.timeShift = 2 },
      { $0.recipe.objective.floor = 0.05 }, { $0.precision = .bfloat16 },
      { $0.policy = .uniform }, { $0.label = { $0 / 2 % 3 } },
      { $0.recipe.objective.prediction = .clean }, { $0.recipe.objective.path = .cosine },
      { $0.recipe.objective.noiseScale = 2 }, { $0.recipe.objective.timeShift = 2 },
    ]
    let folders = try [set("sets").folder] + changes.map { try set("sets", $0).folder }
    #expect(Set(folders).count == changes.count + 1)
    #expect(try set("sets").folder == folders[0])
    #expect(folders[0].lastPathComponent.hasPrefix("0000000080-"))
    #expect(folders.allSatisfy { $0.path.contains("/sets/scores/0000") })
  }

  @Test func aTornShardIsDrawnAgain() throws {
    let whole = try set("torn")
    _ = try whole.draw(count: 300, batchSize: 50) { _, _ in true }
    let before = try files(whole)
    let handle = try FileHandle(
      forWritingTo: RunLayout.pictures(ofSampleSet: whole.folder).appendingPathComponent(
        "set_00000000_x.npy"))
    try handle.truncate(atOffset: 1_000)
    try handle.close()
    _ = try set("torn").draw(count: 300, batchSize: 50) { _, _ in true }
    #expect(try files(whole) == before)
  }

  /// Neither zeros in place of pictures nor another class is scored.
  @Test(arguments: ["set_00000000_x.npy", "set_00000000_y.npy"])
  func aChangedFileIsDrawnAgainAndNamed(_ name: String) throws {
    let whole = try set("changed")
    _ = try whole.draw(count: 300, batchSize: 50) { _, _ in true }
    let before = try files(whole)
    let url = RunLayout.pictures(ofSampleSet: whole.folder).appendingPathComponent(name)
    var bytes = try Data(contentsOf: url)
    for index in bytes.indices.suffix(100) { bytes[index] = 0 }
    try bytes.write(to: url)
    var warnings: [PeregrineError] = []
    _ = try set("changed").draw(count: 300, batchSize: 50, warn: { warnings.append($0) }) { _, _ in
      true
    }
    #expect(warnings.count == 1)
    #expect(warnings.first?.description.contains(name) == true)
    #expect(try files(set("changed")) == before)
  }

  /// As a kill leaves it, between the classes of a longer shard and its pictures.
  @Test func aShardWhoseClassesDoNotFitIsDrawnAgain() throws {
    let whole = try set("uneven")
    _ = try whole.draw(count: 100, batchSize: 50) { _, _ in true }
    let before = try files(whole)
    try NPYFile.write(
      NPYFile.encoded((0..<256).map { $0 % 3 }, shape: [256]),
      to: RunLayout.pictures(ofSampleSet: whole.folder).appendingPathComponent("set_00000000_y.npy")
    )
    _ = try set("uneven").draw(count: 100, batchSize: 50) { _, _ in true }
    #expect(try files(whole) == before)
  }
}
