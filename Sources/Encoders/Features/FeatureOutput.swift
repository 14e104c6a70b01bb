/// An output of a feature network.
public enum FeatureOutput: String, Sendable, Codable, CaseIterable {
  /// One vector `[batch, width]`: for Fréchet and kernel distances, neighbours, alignment of a class token.
  case pooled
  /// An early feature map as one vector `[batch, width]` that keeps spatial information: for sFID.
  case spatial
  /// One number per class `[batch, classes]`, before softmax: for the Inception Score and class accuracy.
  case logits
  /// One vector per position `[batch, rows · columns, width]`, row by row: for alignment of
  /// patches.
  case tokens
}
