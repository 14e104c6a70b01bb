import Testing

@testable import Training

@Suite struct RemainingTimeTests {
  private func time(
    rate: Double, seen: Int = 0, total: Int, device: String = "cpu"
  ) -> RemainingTime {
    RemainingTime(
      imagesPerSecond: rate, imagesSeen: seen, totalImages: total, device: device)
  }

  @Test func moreThanAnHourIsAnnouncedWithTheSettingThatShortensIt() throws {
    let notice = try #require(time(rate: 23.15, total: 10_000_000).notice)
    #expect(notice.contains("5 d 0 h on cpu"))
    #expect(notice.contains("10 M images at 23.1 images/s"))
    #expect(notice.contains("--set training.images=83000"))
    #expect(notice.contains("setup --cuda"))
  }

  @Test func anHourOrLessIsNotAnnounced() {
    #expect(time(rate: 100, total: 360_000).notice == nil)
    #expect(time(rate: 100, total: 360_100).notice != nil)
  }

  @Test func aResumedRunCountsWhatIsLeft() throws {
    #expect(time(rate: 100, seen: 9_900_000, total: 10_000_000).notice == nil)
    let notice = try #require(time(rate: 0.5, seen: 40_000, total: 50_000, device: "cuda:0").notice)
    #expect(notice.contains("the other 10 k images"))
    #expect(notice.contains("training.images=41000"))
    #expect(!notice.contains("setup --cuda"))
  }

  @Test func theFirstStepIsLeftOutOfThePace() {
    var pace = FirstPace()
    #expect(pace.countStep(images: 8, seconds: 60) == nil)
    #expect(pace.countStep(images: 16, seconds: 62) == nil)
    #expect(pace.countStep(images: 24, seconds: 65) == 16.0 / 5)
  }

  @Test func aRunOfLongStepsKnowsItsPaceBeforeTheFirst() throws {
    let tiny = try TinyRun([
      "training.images=1000000", "training.global_batch_size=50000", "model.preset=SiT-S/8",
    ])
    let session = try TrainingSession(
      tiny.layers.resolved(), source: TrainingData(tiny.layers.resolved()))
    let rate = try session.expectedRate()
    #expect(rate ?? 0 > 0)
    let quick = try TinyRun().layers.resolved()
    #expect(try TrainingSession(quick, source: TrainingData(quick)).expectedRate() == nil)
  }
}
