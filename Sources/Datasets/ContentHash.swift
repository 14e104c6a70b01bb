import FileAccess
import Foundation

extension PictureDataset {
  /// A hash of every byte of the dataset: equal for the same pictures in the same order and size.
  ///
  /// Reading many gigabytes takes minutes, so the result is stored in the folder `memo` and reused
  /// as long as no file changes its size or modification time.
  /// - Throws: `.missingInput` or `.io` for a file that cannot be read.
  public func contentHash(memo: URL) throws -> String {
    let sources = sources
    guard !sources.isEmpty else { return summary.fingerprint }
    var state = Fingerprint("content state 2")
    state.add(summary.fingerprint)
    for path in sources {
      let file = try FileTree.File(path)
      state.add("\(path.text) \(file.size) \(file.modified)")
    }
    let remembered = KeptFile(memo.appendingPathComponent(state.text))
    if try remembered.state == .intact,
      let text = try? String(contentsOf: remembered.url, encoding: .utf8), text.count == 64
    {
      return text
    }
    var content = Fingerprint("content 1")
    content.add(summary.fingerprint)
    for path in sources { content.add(try sha256(ofFile: path)) }
    try remembered.write { try AtomicFile.write(Data(content.text.utf8), to: $0) }
    return content.text
  }
}
