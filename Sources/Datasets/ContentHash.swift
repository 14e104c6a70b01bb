import Crypto
import FileAccess
import Foundation

extension PictureDataset {
  /// A hash of every byte of the dataset: equal for the same pictures in the same order and size.
  ///
  /// Reading many gigabytes takes minutes, so the result is stored in the folder `memo` and reused
  /// as long as no file changes its size or modification time.
  /// - Throws: `.missingInput` or `.io` for a file that cannot be read.
  public func contentHash(memo: URL) throws -> String {
    guard !files.isEmpty else { return summary.fingerprint }
    var state = Fingerprint("content state 1")
    state.add(summary.fingerprint)
    for url in files {
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
      state.add("\(url.standardizedFileURL.path) \(attributes?[.size] as? Int ?? 0) \(time)")
    }
    let remembered = memo.appendingPathComponent(state.text)
    if let text = try? String(contentsOf: remembered, encoding: .utf8), text.count == 64 {
      return text
    }
    var content = Fingerprint("content 1")
    content.add(summary.fingerprint)
    for url in files {
      content.add(sha256(of: try readFile(url, doing: "reading `\(url.path)`", mapped: true)))
    }
    try AtomicFile.write(Data(content.text.utf8), to: remembered)
    return content.text
  }
}
