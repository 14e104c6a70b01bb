import Diagnostics
import Samples
import Testing

@Suite struct ConditionTests {
  private let whole = Condition(label: 2, vector: [1, 2], context: [[1, 2, 3]])
  private let shape = ConditionShape(classes: 3, vectorWidth: 2, contextWidth: 3)

  @Test func droppingTakesAKindAway() {
    #expect(whole.dropping([]) == whole)
    #expect(whole.dropping([.label]) == Condition(vector: [1, 2], context: [[1, 2, 3]]))
    #expect(whole.dropping([.vector, .context]) == Condition(label: 2))
    #expect(whole.dropping(.all) == .none)
  }

  @Test func theNumberOfClassesIsNoClass() {
    #expect(Condition(label: 2, of: 3) == Condition(label: 2))
    #expect(Condition(label: 3, of: 3) == .none)
  }

  @Test func whatFitsIsTaken() throws {
    for condition in [whole, .none, Condition(label: 0), Condition(context: [])] {
      try shape.check(condition, doing: "testing")
    }
  }

  @Test(arguments: [
    (Condition(label: 3), "class 3"), (Condition(label: -1), "class -1"),
    (Condition(vector: [1]), "1 numbers"), (Condition(context: [[1]]), "width 1"),
  ]) func whatDoesNotFitIsRefusedByName(condition: Condition, word: String) {
    for shape in [shape, ConditionShape()] {
      let error = #expect(throws: PeregrineError.self) {
        try shape.check(condition, doing: "testing")
      }
      #expect(error?.code == .usage)
      #expect(error?.description.contains(word) == true)
    }
  }
}
