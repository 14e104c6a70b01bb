import Testing

@Suite struct PolicyFixtureTests {
  @Test func theCasesAreThere() throws {
    let fixture = try PolicyFixture()
    #expect(fixture.cases.count == 91)
    let fora = try fixture["schedule_fora"].output("T20_N3")
    #expect(fora.shape == [20] && fora.numbers[0] == 1)
  }
}
