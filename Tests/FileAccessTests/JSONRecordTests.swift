import Diagnostics
import Foundation
import Testing

@testable import FileAccess

@Suite struct JSONRecordTests {
  private struct Record: Codable, CheckedRecord {
    let images: Int
    let names: [String]
    func check() throws(RecordFlaw) { try Bounds<Int>.images.check(images, "images") }
  }

  private func flaw(of text: String) -> String? {
    do {
      _ = try JSONRecord.decode(Record.self, from: Data(text.utf8))
      return nil
    } catch { return "\(error)" }
  }

  @Test func aRecordIsReadAndChecked() {
    #expect(flaw(of: #"{"images": 5, "names": ["[[[\"{{{"]}"#) == nil)
    #expect(flaw(of: #"{"images": -5, "names": []}"#)?.contains("`images`: -5") == true)
  }

  @Test(arguments: [
    (#"{"images": 5}"#, "no `names`"),
    (#"{"images": "x", "names": []}"#, "`images`: another value; expected a whole number"),
    (#"{"images": 1e300, "names": []}"#, "cannot be read"),
    (#"{"images": 5, "names": 7}"#, "`names`: another value; expected a list"),
    ("", "cannot be read"), ("nonsense", "cannot be read"),
  ])
  func flawsAreInOurWords(text: String, words: String) {
    let flaw = flaw(of: text)
    #expect(flaw?.contains(words) == true, "\(flaw ?? "")")
    #expect(flaw?.contains("NSCocoa") == false && flaw?.contains("Swift.") == false)
  }

  @Test(arguments: ["[", "{\"a\":"]) func deepNestingIsRefusedBeforeReading(opening: String) {
    let text = String(repeating: opening, count: 1_000_000)
    #expect(flaw(of: text)?.contains("nested more than 64 deep") == true)
  }
}
