import Nets
import Pictures
import Tensors
import TestSupport
import Testing

/// The pictures of a golden file, from bytes `[batch, height, width, 3]`.
func goldenPictures(_ golden: SafetensorsFile, _ name: String = "image_u8_nhwc") throws -> [Picture]
{
  let bytes = try golden.tensor(name)
  return try (0..<bytes.shape[0]).map { index in
    try Picture(
      width: bytes.shape[2], height: bytes.shape[1],
      pixels: bytes.sliced(0, index..<index + 1).bytes())
  }
}

/// The largest difference of two tensors, relative to the largest expected element or 1, whichever is
/// larger; printed, so that a passing test still says how close it is.
func deviation(_ name: String, _ found: Tensor?, _ expected: Tensor) throws -> Double {
  let found = try #require(found)
  let distance = try PlainArray(found).distance(to: PlainArray(expected))
  let scale = try max(1, expected.to(.float64).magnitude().max().item())
  print("parity \(name): max \(distance), relative \(distance / scale)")
  return distance / scale
}
