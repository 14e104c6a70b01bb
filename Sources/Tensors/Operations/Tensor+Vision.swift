import CTorch

/// The activation that directly follows a convolution.
public enum Activation: Int32, Sendable {
  /// Nothing.
  case none
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
}

/// How ``Tensor/resized(height:width:filter:antialias:scales:)`` interpolates.
public enum MapFilter: Int32, Sendable {
  /// Linear interpolation between the two nearest positions per axis.
  case bilinear
  /// Cubic convolution over four positions per axis: a = −0.75, or −0.5 with antialiasing.
  case bicubic
}

/// Operations on pictures and feature maps `[batch, channels, height, width]`, as published
/// networks need them.
extension Tensor {
  /// `activation(self ∗ weight + bias + addend)`, in one pass over memory where libtorch can.
  ///
  /// - Parameters:
  ///   - stride: vertical and horizontal.
  ///   - padding: zeros above and below, and left and right.
  ///   - addend: a feature map of the result's shape.
  /// - Shapes: weight `[out, in / groups, height, width]`.
  public func convolved(
    _ weight: Tensor, _ bias: Tensor?, stride: (Int, Int), padding: (Int, Int), groups: Int = 1,
    adding addend: Tensor? = nil, activation: Activation = .none
  ) throws -> Tensor {
    try [stride.0, stride.1].withSizes { stride, _ in
      try [padding.0, padding.1].withSizes { padding, _ in
        try make("convolving", [self, weight] + (addend.map { [$0] } ?? [])) {
          ct_convolve(
            handle, weight.handle, bias?.handle, addend?.handle, stride, padding, Int64(groups),
            activation.rawValue, $0, $1)
        }
      }
    }
  }
  /// Pads the map with zeros.
  public func padded(top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0) throws
    -> Tensor
  {
    try [left, right, top, bottom].withSizes { sides, _ in
      try make("padding a map", [self]) { ct_pad(handle, sides, $0, $1) }
    }
  }
  /// Max pooling over square windows.
  ///
  /// - Parameter roundingUp: whether the last window may extend beyond the map.
  public func maxPooled(_ kernel: Int, stride: Int, padding: Int = 0, roundingUp: Bool = false)
    throws -> Tensor
  {
    try make("pooling a map", [self]) {
      ct_max_pool(
        handle, Int64(kernel), Int64(stride), Int64(padding), roundingUp ? 1 : 0, $0, $1)
    }
  }
  /// Average pooling over square windows, with or without counting the padding's zeros.
  public func averagePooled(
    _ kernel: Int, stride: Int, padding: Int = 0, countingPadding: Bool = false
  ) throws -> Tensor {
    try make("pooling a map", [self]) {
      ct_average_pool(
        handle, Int64(kernel), Int64(stride), Int64(padding), countingPadding ? 1 : 0, $0, $1)
    }
  }
  /// Resizes the map with half-pixel centres, as `torch.nn.functional.interpolate`.
  ///
  /// - Parameter scales: vertical and horizontal. If given, their inverses are the grid's steps,
  ///   instead of the ratios of the sizes.
  public func resized(
    height: Int, width: Int, filter: MapFilter, antialias: Bool = false,
    scales: (Double, Double)? = nil
  ) throws -> Tensor {
    try make("resizing a map to \(height) x \(width)", [self]) {
      ct_resize(
        handle, filter.rawValue, antialias ? 1 : 0, Int64(height), Int64(width), scales?.0 ?? 0,
        scales?.1 ?? 0, $0, $1)
    }
  }
  /// The same map with the channels of each position adjacent in memory (channels last), which
  /// makes convolutions on a CPU fastest. Shapes and values do not change.
  public func channelsLast() throws -> Tensor {
    try make("reordering a map", [self]) { ct_channels_last(handle, $0, $1) }
  }
}
