import Datasets
import Diagnostics
import FileAccess

/// Which reference picture belongs to each picture, for scores that compare them one by one.
///
/// Files belong together by name: their path below the set's folder, without the extension. If
/// names differ but all of them end in a number, such as `7.png` and `000007.png`, the number
/// decides. Pictures without files of their own, as in an `.npz`, are numbered from 0 on.
struct PicturePairing {
  /// What decided.
  enum Basis: String { case number, name, position }
  /// What decided about these pairs.
  let basis: Basis
  /// The index of the reference picture for each picture.
  let places: [Int]

  /// Pairs the first `count` pictures of a set with those of another.
  ///
  /// - Throws: ``PeregrineError`` `.usage`, naming the first picture without a partner.
  init(_ pictures: any PictureDataset, with reference: any PictureDataset, count: Int) throws {
    let (own, others) = (FileNames(pictures), FileNames(reference))
    switch (own, others) {
    case (nil, nil):
      (basis, places) = (.number, Array(0..<count))
      guard reference.summary.count >= count else {
        throw PeregrineError(
          .usage, doing: Self.doing(reference),
          found: "\(reference.summary.count) pictures in the reference",
          expected: "\(count), one for each picture")
      }
    case (let own?, let others?):
      let isNumbered = own.numbers != nil && others.numbers != nil
      if Set(own.names.prefix(count)).isSubset(of: others.names) {
        basis = isNumbered ? .number : .name
        places = try Self.places(of: own.names.prefix(count), among: others.names, reference, own)
      } else if let numbers = own.numbers, let known = others.numbers {
        basis = .number
        places = try Self.places(of: numbers.prefix(count), among: known, reference, own)
      } else {
        basis = .name
        places = try Self.places(of: own.names.prefix(count), among: others.names, reference, own)
      }
    case (let own?, nil):
      guard let numbers = own.numbers else {
        (basis, places) = (.position, try Self.positions(pictures, reference, count))
        return
      }
      basis = .number
      places = try Self.places(
        of: numbers.prefix(count), among: Array(0..<reference.summary.count), reference, own)
    case (nil, let others?):
      guard let numbers = others.numbers else {
        (basis, places) = (.position, try Self.positions(pictures, reference, count))
        return
      }
      basis = .number
      places = try Self.places(of: Array(0..<count)[...], among: numbers, reference, nil)
    }
  }

  /// The places of keys among others, which must contain each of them exactly once.
  private static func places<Key: Hashable>(
    of keys: ArraySlice<Key>, among others: [Key], _ reference: any PictureDataset,
    _ own: FileNames?
  ) throws -> [Int] {
    var found: [Key: Int] = [:]
    var repeated: Set<Key> = []
    for (index, key) in others.enumerated() where found.updateValue(index, forKey: key) != nil {
      repeated.insert(key)
    }
    var used: Set<Key> = []
    return try keys.enumerated().map { index, key in
      let text = own.map { "`\($0.names[index].text)`" } ?? "number \(key)"
      guard let place = found[key] else {
        throw PeregrineError(
          .usage, doing: doing(reference), found: "no reference picture for the picture \(text)",
          expected: "one of the same name or number for each picture",
          advice: "Add it to the reference, or take the picture away.")
      }
      guard !repeated.contains(key), used.insert(key).inserted else {
        throw PeregrineError(
          .usage, doing: doing(reference), found: "more than one picture named \(text)",
          expected: "one on each side", advice: "Take one of them away.")
      }
      return place
    }
  }

  /// Names without numbers against numbers without names: only the order is left.
  private static func positions(
    _ pictures: any PictureDataset, _ reference: any PictureDataset, _ count: Int
  ) throws -> [Int] {
    guard pictures.summary.count == reference.summary.count else {
      throw PeregrineError(
        .usage, doing: doing(reference),
        found:
          "\(pictures.summary.count) pictures and \(reference.summary.count) reference pictures, "
          + "of which only one side has file names",
        expected: "names on both sides, or names that end in the number of the picture",
        advice: "Give both sets as folders of files with the same names.")
    }
    return Array(0..<count)
  }

  private static func doing(_ reference: any PictureDataset) -> String {
    "comparing pictures one by one with `\(reference.summary.name)`"
  }
}

/// The names of a set's files, if each picture has its own.
private struct FileNames {
  /// The paths below the set's folder, without extensions.
  let names: [FilePath]
  /// The number at the end of each name, if all have one and differ in nothing else.
  let numbers: [Int]?

  init?(_ pictures: any PictureDataset) {
    let files = pictures.sources
    guard files.count == pictures.summary.count,
      !files.contains(where: { ["npy", "npz"].contains($0.fileExtension) })
    else { return nil }
    let paths = files.map(\.withoutExtension.parts)
    var shared = paths.first.map { $0.count - 1 } ?? 0
    for path in paths {
      let limit = min(shared, path.count - 1)
      shared = (0..<limit).first { path[$0] != paths[0][$0] } ?? limit
    }
    names = paths.map { $0.dropFirst(shared).reduce(FilePath("")) { $0.appending($1) } }
    numbers = Self.numbers(names.map(\.name.bytes))
  }

  private static func numbers(_ names: [[UInt8]]) -> [Int]? {
    let digits = names.map { name in
      name.suffix(name.reversed().prefix { (0x30...0x39).contains($0) }.count)
    }
    let starts = Set(zip(names, digits).map { $0.dropLast($1.count) })
    let numbers = digits.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    return starts.count == 1 && numbers.count == names.count && Set(numbers).count == names.count
      ? numbers : nil
  }
}
