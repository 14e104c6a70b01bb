import Diagnostics
import FileAccess
import Pictures
import Tensors

extension PictureInput {
  /// The network's input for pictures: `[batch, 3, height, width]`, float32.
  ///
  /// Resizing and scaling are both linear, so their order changes only rounding. Scaling comes
  /// first, while pictures are small, except for Pillow's resizing, which works on bytes.
  /// - Throws: ``PeregrineError`` `.badData` for pictures of two sizes, unless each is resized
  ///   separately, as Pillow does; `.usage` for no pictures.
  public func callAsFunction(_ pictures: [Picture], device: Device = .cpu) throws -> Tensor {
    let first = try requireOneSize(pictures)
    var (pictures, width, height) = (pictures, first.width, first.height)
    if case .pillowBicubic(let side) = resizing {
      pictures = try pictures.map { try $0.resized(width: side, height: side, filter: .bicubic) }
      (width, height) = (side, side)
    }
    let bytes = try Tensor(
      Array(
        joining: pictures.map(\.pixels), doing: "preparing \(pictures.count) pictures for a network"
      ),
      shape: [pictures.count, height, width, 3], device: device)
    return try resized(scaled(bytes.permuted([0, 3, 1, 2]).to(.float32)))
  }

  /// Refuses pictures that cannot form one batch; returns the first one.
  @discardableResult func requireOneSize(_ pictures: [Picture]) throws -> Picture {
    guard let first = pictures.first else {
      throw PeregrineError(
        .usage, doing: "preparing pictures for a network", found: "no pictures",
        expected: "at least one")
    }
    if case .pillowBicubic = resizing { return first }
    let size = (first.width, first.height)
    if let other = pictures.first(where: { ($0.width, $0.height) != size }) {
      throw PeregrineError(
        .badData, doing: "preparing \(pictures.count) pictures for a network",
        found: "sizes \(first.width)x\(first.height) and \(other.width)x\(other.height)",
        expected: "pictures of one size", advice: "Bring all pictures to one size first.")
    }
    return first
  }

  private func resized(_ x: Tensor) throws -> Tensor {
    switch resizing {
    case .none, .pillowBicubic: x
    case .bilinear(let side): try x.resized(height: side, width: side, filter: .bilinear)
    case .bicubic(let side): try x.resized(height: side, width: side, filter: .bicubic)
    case .tensorFlowBilinear(let side):
      try cornerBilinear(cornerBilinear(x, dim: 3, size: side), dim: 2, size: side)
    }
  }

  /// `(x − mean) / deviation` per channel, in the network's order.
  private func scaled(_ x: Tensor) throws -> Tensor {
    let ordered = isBGR ? try x.flipped(1) : x
    let constants = try [mean, deviation].map {
      try Tensor($0, shape: [1, 3, 1, 1], dtype: .float32, device: x.device)
    }
    return try (ordered - constants[0]) / constants[1]
  }
}

/// Resizing along one axis as in TensorFlow 1: position `i` reads at `i · source / size`, clamped
/// at the end.
private func cornerBilinear(_ x: Tensor, dim: Int, size: Int) throws -> Tensor {
  let source = x.shape[dim]
  let step = Float(source) / Float(size)
  let positions = (0..<size).map { Float($0) * step }
  let lower = positions.map { min(Int64($0), Int64(source - 1)) }
  let upper = lower.map { min($0 + 1, Int64(source - 1)) }
  let parts = zip(positions, lower).map { $0 - Float($1) }
  var shape = [1, 1, 1, 1]
  shape[dim] = size
  let low = try x.selecting(dim, Tensor(lower, shape: [size], device: x.device))
  let high = try x.selecting(dim, Tensor(upper, shape: [size], device: x.device))
  return try low + (high - low) * Tensor(parts, shape: shape, device: x.device)
}

extension PictureInput: CustomStringConvertible {
  /// The whole preparation in words, for protocols: "bilinear to 128 px, half-pixel centres, no
  /// antialiasing; v / 127.5 - 1".
  public var description: String {
    "\(resizing); \(scaling)\(isBGR ? "; blue, green, red" : "")"
  }

  private var scaling: String {
    let isUniform = Set(mean).count == 1 && Set(deviation).count == 1
    guard isUniform, let mean = mean.first, let deviation = deviation.first else {
      return "(v - \(list(mean))) / \(list(deviation))"
    }
    if mean == deviation { return "v / \(plain(mean)) - 1" }
    return "(v - \(plain(mean))) / \(plain(deviation))"
  }

  private func list(_ values: [Double]) -> String {
    Set(values).count == 1
      ? plain(values[0]) : "[" + values.map(plain).joined(separator: ", ") + "]"
  }

  private func plain(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : "\(value)"
  }
}

extension PictureInput.Resizing: CustomStringConvertible {
  /// The resizing in words.
  public var description: String {
    switch self {
    case .none: "as they are"
    case .bilinear(let side): "bilinear to \(side) px, half-pixel centres, no antialiasing"
    case .tensorFlowBilinear(let side):
      "bilinear to \(side) px, corner grid of TensorFlow 1, no antialiasing"
    case .bicubic(let side):
      "bicubic (a = -0.75) to \(side) px, half-pixel centres, no antialiasing"
    case .pillowBicubic(let side):
      "bicubic (a = -0.5) to \(side) px, antialiasing, rounded to bytes, as Pillow"
    }
  }
}
