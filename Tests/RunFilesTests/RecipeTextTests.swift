import Diagnostics
import Testing

@testable import RunFiles

@Suite struct RecipeTextTests {
  private func entries(_ yaml: String) throws -> [String] {
    try RecipeText(yaml, origin: "test.yaml").entries.map {
      "\($0.key)=\($0.value)" + ($0.isList ? " [list]" : "")
    }
  }

  @Test func sectionsOfAnyDepthAreDottedInTheirOrder() throws {
    #expect(
      try entries("b: {x: 1, inner: {deep: two}}\na: {list: [3, 4], none: []}\n") == [
        "b.x=1", "b.inner.deep=two", "a.list=3, 4 [list]", "a.none= [list]",
      ])
    #expect(try entries("").isEmpty)
  }

  @Test func formerKeysHaveTheNamesOfToday() throws {
    #expect(
      try entries("preview: {count: 2, steps: 3}\nevaluation: {guidance_rates: \"0.1, 0.2\"}") == [
        "preview.count=2", "preview.sampler.steps=3",
        "evaluation.sampler.guidance_rates=0.1, 0.2",
      ])
    #expect(FormerKeys.current("training.steps") == "training.steps")
  }

  @Test func itemsAreReadWithAndWithoutSpaces() {
    #expect(RecipeText.items(of: "2,4") == ["2", "4"])
    #expect(RecipeText.items(of: " 2 - 8 , 10-12 ") == ["2-8", "10-12"])
    #expect(RecipeText.items(of: "").isEmpty)
  }

  @Test(arguments: ["- 1\n- 2\n", "just text", "a: [", "a: {b: [{c: 1}]}"])
  func whatIsNoRecipeIsRefused(_ yaml: String) {
    let error = #expect(throws: PeregrineError.self) { try entries(yaml) }
    #expect(error?.code == .usage)
    #expect(error?.doing.contains("test.yaml") == true)
  }
}
