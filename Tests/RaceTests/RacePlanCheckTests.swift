import Diagnostics
import Foundation
import Race
import Testing

/// A plan is read as a whole, or refused by what is wrong in it.
@Suite struct RacePlanCheckTests {
  /// Changes the plan's JSON at a path such as `arms.0.batch`; `nil` removes the value.
  private func change(_ value: Any, _ path: ArraySlice<String>, to new: Any?) -> Any? {
    guard let key = path.first else { return new }
    let rest = path.dropFirst()
    if var fields = value as? [String: Any] {
      fields[key] = change(fields[key] ?? [String: Any](), rest, to: new)
      return fields
    }
    if var items = value as? [Any], let index = Int(key), items.indices.contains(index) {
      if let item = change(items[index], rest, to: new) {
        items[index] = item
      } else {
        items.remove(at: index)
      }
      return items
    }
    return value
  }

  @Test(arguments: [
    ("arms", "[]", "`arms`: none; expected plain, new"),
    ("arms.1", "null", "`arms`: plain; expected plain, new"),
    ("arms.1.name", "\"other\"", "`arms`: plain, other"),
    ("arms.0.batch", "0", "`arms.plain.batch`: 0"),
    ("arms.0.batch", "9223372036854775807", "arms.plain.batch"),
    ("arms.0.classes", "[]", "arms.plain.classes"),
    ("arms.0.classes.0.share", "0.5", "shares of 0.5 together"),
    ("arms.0.classes.0.flops.model", "-1", "classes.flops"),
    ("experiment.budgets.ratio", "0", "race.budgets.ratio"),
    ("experiment.budgets.count", "9223372036854775807", "race.budgets.count"),
    ("experiment.budgets.baseline_images", "9223372036854775807", "baseline_images"),
    ("experiment.tuning.budget", "-1", "race.tuning.budget"),
    ("experiment.tuning.budget", "10000000", "race.tuning.budget"),
    ("experiment.tuning.values", "[]", "race.tuning.values"),
    ("experiment.seeds", "[]", "race.seeds"),
    ("experiment.seeds", "[1, 1]", "race.seeds"),
    ("experiment.new.shares", "{\"optimizer.warmup_images\": 1e300}", "race.shares"),
    ("calibration.classes", "[]", "no step time"),
    ("calibration.classes.0.blocks", "[]", "calibration.classes.plain"),
    ("calibration.classes.0.blocks.0", "0", "calibration.classes.plain"),
    ("calibration.fixedWork", "[0]", "calibration.fixedWork"),
  ])
  func whatIsWrongIsNamed(path: String, value: String, message: String) throws {
    let race = try SyntheticRace()
    try race.folder.write(race.plan(), claim: race.yaml)
    let text = try Data(contentsOf: race.folder.plan)
    let new = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    let keys = path.split(separator: ".").map(String.init)[...]
    let whole = try JSONSerialization.jsonObject(with: text)
    let changed = try #require(change(whole, keys, to: new is NSNull ? nil : new))
    try JSONSerialization.data(withJSONObject: changed).write(to: race.folder.plan)
    let error = #expect(throws: PeregrineError.self) { try race.folder.readPlan() }
    #expect(error?.code == .badData)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func moreSeedsThanAnyoneRuns() throws {
    var race = try SyntheticRace()
    race.seeds = Array(1...2_000)
    let error = #expect(throws: PeregrineError.self) { try race.claim }
    #expect(error?.expected == "1 to 1,000 different ones")
  }

  @Test func aPlanOfTodayIsReadUnchanged() throws {
    let race = try SyntheticRace()
    let plan = try race.plan()
    try race.folder.write(plan, claim: race.yaml)
    #expect(try race.folder.readPlan() == plan)
  }
}
