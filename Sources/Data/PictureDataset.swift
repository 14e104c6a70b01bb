import Pictures

/// A dataset whose items are pictures; everything but latent caches.
public protocol PictureDataset: Dataset {
  /// The picture at `index`, as the item holds it but not scaled or mirrored.
  func picture(at index: Int) throws -> Picture
}

extension PictureDataset {
  /// Pictures can always be mirrored.
  public var mirrors: Bool { true }
}
