/// The version of Peregrine.
public enum PeregrineVersion {
  /// The semantic version, as records, pictures and `--version` show it.
  public static let current = "0.1.0"
}
