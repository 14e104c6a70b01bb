/// What a feature network can say about a picture.
public enum FeatureOutput: String, Sendable, Codable, CaseIterable {
  /// One vector `[batch, width]`: for Fréchet and kernel distances, neighbours, alignment of a class token.
  case pooled
  /// An early map as one vector `[batch, width]` that still knows places: for sFID.
  case spatial
  /// One number per class `[batch, classes]`, before softmax: for the Inception Score and class accuracy.
  case logits
  /// One vector per place `[batch, rows · columns, width]`, row by row: for alignment of patches.
  case tokens
}
