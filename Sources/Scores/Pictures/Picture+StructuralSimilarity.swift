import Diagnostics
import FileAccess
import Foundation
import Pictures

extension Picture {
  /// The structural similarity (SSIM): 1 for equal pictures, about 0 for unrelated ones.
  ///
  /// Computed for each channel separately on 0 to 255, with a Gaussian window of 11 x 11 pixels and
  /// deviation 1.5, only where the window fits completely into the picture; K1 = 0.01, K2 = 0.03;
  /// then averaged.
  /// - Throws: `.shapeMismatch` for pictures of different sizes, or smaller than the window;
  ///   `.outOfMemory`.
  /// - Source: Wang et al. 2004, "Image quality assessment: from error visibility to structural
  ///   similarity".
  public func structuralSimilarity(to other: Picture) throws -> Double {
    let doing = "computing structural similarity"
    let pair = try PicturePair(self, other, doing: doing)
    guard min(width, height) >= GaussianWindow.side else {
      throw PeregrineError(
        .shapeMismatch, doing: doing, found: "pictures of \(width)x\(height)",
        expected: "at least \(GaussianWindow.side) pixels each way")
    }
    // Two planes, a product of them, the means across, and five means, in double precision.
    try requireMemory([9, 8, width, height].checkedProduct ?? .max, doing: doing)
    let window = GaussianWindow(width: width, height: height)
    let channels = (0..<3).map { channel in
      similarity(
        of: pair.first.plane(channel), and: pair.second.plane(channel), window: window)
    }
    return channels.reduce(0, +) / 3
  }

  fileprivate func plane(_ channel: Int) -> [Double] {
    stride(from: channel, to: pixels.count, by: 3).map { Double(pixels[$0]) }
  }
}

private func similarity(
  of first: [Double], and second: [Double], window: GaussianWindow
) -> Double {
  let (c1, c2) = (0.01 * 255 * 0.01 * 255, 0.03 * 255 * 0.03 * 255)
  let meanX = window.means(of: first)
  let meanY = window.means(of: second)
  let meanXX = window.means(of: zip(first, first).map(*))
  let meanYY = window.means(of: zip(second, second).map(*))
  let meanXY = window.means(of: zip(first, second).map(*))
  let sum = meanX.indices.reduce(0.0) { sum, place in
    let (x, y) = (meanX[place], meanY[place])
    let variances = meanXX[place] - x * x + meanYY[place] - y * y
    let covariance = meanXY[place] - x * y
    return sum + (2 * x * y + c1) * (2 * covariance + c2)
      / ((x * x + y * y + c1) * (variances + c2))
  }
  return sum / Double(meanX.count)
}

/// Weighted means under a Gaussian window that moves over a plane of pixels.
private struct GaussianWindow {
  static let side = 11
  private static let deviation = 1.5

  private let width: Int
  private let height: Int
  private let weights: [Double]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    let half = Double(Self.side / 2)
    let heights = (0..<Self.side).map {
      exp(-(Double($0) - half) * (Double($0) - half) / (2 * Self.deviation * Self.deviation))
    }
    let sum = heights.reduce(0, +)
    weights = heights.map { $0 / sum }
  }

  /// The mean at every position where the window fits, row by row.
  func means(of plane: [Double]) -> [Double] {
    let columns = width - Self.side + 1
    let rows = height - Self.side + 1
    var across = [Double](repeating: 0, count: height * columns)
    for row in 0..<height {
      for column in 0..<columns {
        for (offset, weight) in weights.enumerated() {
          across[row * columns + column] += weight * plane[row * width + column + offset]
        }
      }
    }
    var means = [Double](repeating: 0, count: rows * columns)
    for place in means.indices {
      for (offset, weight) in weights.enumerated() {
        means[place] += weight * across[place + offset * columns]
      }
    }
    return means
  }
}
