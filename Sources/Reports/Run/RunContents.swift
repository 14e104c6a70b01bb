import Diagnostics
import FileAccess
import Foundation
import Pictures
import RunFiles
import Scores
import Telemetry
import Yams

/// The contents of a run's files, as far as they exist and are intact.
struct RunContents {
  /// A grid of samples.
  struct Grid {
    /// The file name without `.png`: the number of images seen.
    let name: String
    let png: Data
    /// The width in pixels.
    let width: Int
    /// The pictures in a row.
    let columns: Int
    /// The class of each picture, row by row; empty if the grid does not record names.
    let classes: [String]

    /// The class of each column, if every column has a single one.
    var columnClasses: [String]? {
      guard classes.count >= columns, columns > 0,
        classes.indices.allSatisfy({ classes[$0] == classes[$0 % columns] })
      else { return nil }
      return Array(classes.prefix(columns))
    }
  }

  /// A folder in `checkpoints`.
  struct StoredCheckpoint {
    /// The name: the number of images seen.
    let name: String
    let bytes: Int
    let files: [String]
    /// Whether it has its `DONE` marker; without it, writing was interrupted.
    let isComplete: Bool
  }

  /// A file of scores in `scores/`.
  struct ScoreFile {
    /// The path of its page, relative to the run folder; `nil` if there is none.
    let page: String?
    /// The number of images that the weights have seen.
    let images: Int
    let record: ScoreRecord
  }

  private let layout: RunLayout
  private(set) var records: [MetricRecord] = []
  private(set) var environment: EnvironmentRecord?
  private(set) var recipeText: String?
  private(set) var recipe: [String: Any] = [:]
  /// Sorted by images; at most `mostGrids`, evenly spread over the run, always including the last.
  private(set) var grids: [Grid] = []
  /// The number of grids in the folder.
  private(set) var gridCount = 0
  /// Sorted by images.
  private(set) var checkpoints: [StoredCheckpoint] = []
  /// Sorted by images.
  private(set) var scoreFiles: [ScoreFile] = []
  /// A sentence about each damaged file.
  private(set) var damages: [String] = []

  /// More grids would make the page too large.
  private static let mostGrids = 13

  /// Reads a run folder. Missing files are skipped; damaged ones are named in `damages`.
  ///
  /// - Throws: ``PeregrineError`` `.missingInput` if the folder does not exist.
  init(_ layout: RunLayout) throws {
    self.layout = layout
    let url = layout.url
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
      isFolder.boolValue
    else {
      throw PeregrineError(
        .missingInput, doing: "reading the run `\(url.path)`", found: "no such folder",
        expected: "a folder that `peregrine train` has written",
        advice: "Name the run folder itself, such as `runs/shapes`.")
    }
    readRecipe()
    readEnvironment()
    readMetrics()
    readGrids()
    readCheckpoints()
    readScores()
  }

  /// The latest score of each name and protocol, sorted by name.
  var latestScores: [MetricRecord] {
    var latest: [String: MetricRecord] = [:]
    for record in records where record.kind == .score && record.name != nil {
      let key = "\(record.name ?? "")|\(record.protocolRecord?.sorted { $0.key < $1.key } ?? [])"
      if record.images >= latest[key]?.images ?? .min { latest[key] = record }
    }
    return latest.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The name of the file that contains ``recipeText``.
  var recipeFile: String { layout.path(of: layout.recipe) }

  /// The folder's name.
  var name: String { layout.url.standardizedFileURL.lastPathComponent }

  func records(_ kind: MetricRecord.Kind) -> [MetricRecord] { records.filter { $0.kind == kind } }

  /// A name from the recipe: the text under `key`, or the preset, name or family in the section of
  /// that name.
  func recipeName(_ key: String) -> String? {
    if let mapping = recipe[key] as? [String: Any] {
      return ["preset", "name", "family"].lazy.compactMap { mapping[$0] as? String }.first
    }
    return recipe[key] as? String
  }

  // MARK: - Reading

  private mutating func readRecipe() {
    guard let data = contents(layout.recipe) else { return }
    let text = String(decoding: data, as: UTF8.self)
    recipeText = text
    do {
      recipe = try YAMLText.compose(text)?.any as? [String: Any] ?? [:]
    } catch {
      damages.append("`\(layout.path(of: layout.recipe))` is not readable as YAML.")
    }
  }

  private mutating func readEnvironment() {
    guard let data = contents(layout.environment) else { return }
    do {
      environment = try JSONRecord.decode(EnvironmentRecord.self, from: data)
    } catch {
      damages.append(
        "`\(layout.path(of: layout.environment))` is damaged: it is not an environment record.")
    }
  }

  private mutating func readMetrics() {
    let file = layout.metrics
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    do {
      records = try MetricsLog.read(file)
    } catch let error as PeregrineError {
      damages.append("`\(layout.path(of: file))`: found \(error.found).")
    } catch {
      damages.append("`\(layout.path(of: file))` cannot be read.")
    }
  }

  private mutating func readGrids() {
    let names = entries(layout.samples).filter { $0.hasSuffix(".png") }
    var whole: [Grid] = []
    gridCount = names.count
    for name in Self.spread(names, most: Self.mostGrids) {
      let file = layout.samples.appendingPathComponent(name)
      guard let png = contents(file), let width = Self.width(ofPNG: png) else {
        damages.append("`\(layout.path(of: file))` is not a whole PNG.")
        continue
      }
      let notes = (try? Picture.pngText(in: png, name: name)) ?? [:]
      let classes = notes["peregrine:class_names"].flatMap {
        try? JSONRecord.decode([String].self, from: Data($0.utf8))
      }
      whole.append(
        Grid(
          name: String(name.dropLast(4)), png: png, width: width,
          columns: notes["peregrine:columns"].flatMap { Int($0) } ?? 0, classes: classes ?? []))
    }
    grids = whole
  }

  private mutating func readCheckpoints() {
    checkpoints = entries(layout.checkpoints).compactMap { name in
      let folder = layout.checkpoints.appendingPathComponent(name)
      guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder.path) else {
        return nil
      }
      let bytes = paths.map { path in
        let values = try? folder.appendingPathComponent(path).resourceValues(forKeys: [.fileSizeKey]
        )
        return values?.fileSize ?? 0
      }
      return StoredCheckpoint(
        name: name, bytes: bytes.reduce(0, +),
        files: paths.filter { $0.hasSuffix(".safetensors") && !$0.contains("/") }.sorted(),
        isComplete: paths.contains(Checkpoint.marker))
    }
  }

  private mutating func readScores() {
    for set in entries(layout.scores).map(layout.scores.appendingPathComponent(_:)) {
      for name in entries(set) where name.hasSuffix(".json") {
        let file = set.appendingPathComponent(name)
        do {
          let record = try ScoreRecord(contentsOf: file)
          let page = file.deletingPathExtension().appendingPathExtension("html")
          let isThere = FileManager.default.fileExists(atPath: page.path)
          scoreFiles.append(
            ScoreFile(
              page: isThere ? layout.path(of: page) : nil,
              images: Int(record.subject["images"] ?? "") ?? 0, record: record))
        } catch {
          damages.append("`\(layout.path(of: file))` is not a whole record of scores.")
        }
      }
    }
    scoreFiles.sort { $0.images < $1.images }
  }

  private func contents(_ file: URL) -> Data? { try? Data(contentsOf: file) }

  /// The names in a subfolder, sorted by number, then by name, without hidden files.
  private func entries(_ folder: URL) -> [String] {
    func key(_ name: String) -> (Int, String) { (Int(name.prefix { $0.isNumber }) ?? .max, name) }
    return RunLayout.names(in: folder).filter { !$0.hasPrefix(".") }.sorted { key($0) < key($1) }
  }

  /// At most `count` items, evenly spread, including the first and the last.
  static func spread<Item>(_ items: [Item], most count: Int) -> [Item] {
    guard items.count > count, count > 1 else { return items }
    return (0..<count).map { items[$0 * (items.count - 1) / (count - 1)] }
  }

  /// The width in the header of a PNG; `nil` if the file is not a PNG or is truncated.
  static func width(ofPNG data: Data) -> Int? {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let ending: [UInt8] = Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
    guard data.starts(with: signature), data.count >= 45, data.suffix(8).elementsEqual(ending)
    else {
      return nil
    }
    return data.dropFirst(16).prefix(4).reduce(0) { $0 << 8 | Int($1) }
  }
}
