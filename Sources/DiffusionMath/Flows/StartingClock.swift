/// How the times of published weights run, compared with ours.
public enum StartingClock: String, CaseIterable, Codable, Sendable {
  /// `t = 0` is data, as here, in REPA and in SR-DiT.
  case same
  /// `t' = 0` is noise, as in SiT; see ``ReversedClock``.
  case reversed
}
