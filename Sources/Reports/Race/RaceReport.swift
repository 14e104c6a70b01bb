import Race

/// The page of a race: the verdict, then the reasons, then figures.
///
/// The page needs no network, no script and no other file. Nothing is judged here: every number
/// comes from the record.
public enum RaceReport {
  /// The whole page.
  public static func page(_ record: RaceRecord) -> String {
    Page.document(
      title: "Race: \(record.claim.name)", body: RacePage(record).body,
      footer: "Every run of the race is on this page, failed ones among them. "
        + "A speed-up means nothing without its unit, target, metric, guidance and seeds.")
  }
}
