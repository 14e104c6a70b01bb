import CTorch

/// Gradients, by libtorch's automatic differentiation.
extension Tensor {
  /// Whether operations on this tensor are recorded for ``backward()``.
  public var requiresGradient: Bool { ct_requires_gradient(handle) != 0 }

  /// Switches recording on or off; only for floating-point tensors that are not the result of an
  /// operation.
  public func setRequiresGradient(_ required: Bool = true) throws {
    try call("marking a tensor for gradients", [self]) {
      ct_set_requires_gradient(handle, required ? 1 : 0, $0)
    }
  }

  /// The same memory, detached from the recorded history.
  public func detached() throws -> Tensor {
    try make("detaching a tensor") { ct_detach(handle, $0, $1) }
  }

  /// Adds the gradient of this one-element tensor to every tensor it was computed from.
  public func backward() throws {
    try call("running the backward pass", [self]) { ct_backward(handle, nil, $0) }
  }

  /// Given the gradient with respect to this tensor, adds the gradients of every tensor it was
  /// computed from.
  public func backward(from gradient: Tensor) throws {
    try call("running the backward pass", [self, gradient]) {
      ct_backward(handle, gradient.handle, $0)
    }
  }

  /// The gradient accumulated so far, or `nil` when there is none.
  public func gradient() throws -> Tensor? {
    var gradient: ct_tensor?
    try call("reading a gradient", [self]) { ct_gradient(handle, &gradient, $0) }
    return gradient.map(Tensor.init(owning:))
  }

  /// Sets the accumulated gradient to another tensor of the same shape; the two share memory.
  public func setGradient(_ gradient: Tensor) throws {
    precondition(
      gradient.shape == shape, "A gradient of \(gradient.shape) does not fit \(shape).")
    try call("setting a gradient", [self, gradient]) {
      ct_set_gradient(handle, gradient.handle, $0)
    }
  }

  /// Forgets the accumulated gradient.
  public func clearGradient() { ct_clear_gradient(handle) }
}

/// Runs `body` without recording operations for gradients. Nests.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ct_set_gradients_enabled(0)
  defer { _ = ct_set_gradients_enabled(before) }
  return try body()
}

/// Runs `body` with matrix products, convolutions and attention computed in `dtype`.
///
/// float32 changes nothing. In bfloat16 the weights keep their type and are converted where they
/// are used ("automatic mixed precision").
public func withComputation<Result>(
  in dtype: DType, on device: Device, _ body: () throws -> Result
) throws -> Result {
  guard dtype == .bfloat16 || dtype == .float16 else { return try body() }
  var before: Int32 = 0
  let type = device.native.type
  try call("switching to \(dtype) computation") {
    ct_autocast_begin(type, dtype.rawValue, &before, $0)
  }
  defer { ct_autocast_end(type, before) }
  return try body()
}
