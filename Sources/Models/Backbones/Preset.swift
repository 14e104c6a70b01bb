import Diagnostics

/// A parsed preset such as `SiT-B/2`: one of a family's sizes, and a patch size.
struct Preset<Size> {
  let size: Size
  let patch: Int

  /// Reads a preset of a family.
  ///
  /// - Throws: ``PeregrineError`` `.usage` listing the known sizes.
  init(_ text: String, family: String, sizes: [String: Size]) throws {
    let parts = text.split(separator: "/")
    let names = sizes.keys.sorted()
    guard parts.count == 2, parts[0].hasPrefix(family + "-"),
      let size = sizes[String(parts[0].dropFirst(family.count + 1))], let patch = Int(parts[1]),
      Bounds.side.contains(patch)
    else {
      throw PeregrineError(
        .usage, doing: "choosing a model", found: "the preset `\(text)`",
        expected: "\(family)-SIZE/PATCH with SIZE one of \(names.joined(separator: ", "))",
        advice: "For example `\(family)-\(names.first ?? "")/1`.")
    }
    self.size = size
    self.patch = patch
  }
}
