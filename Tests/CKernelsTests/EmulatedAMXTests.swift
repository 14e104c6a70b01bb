import CKernels
import EmulatedAMX
import Testing

extension KernelTests {
  /// The kernel for AMX, compiled on tiles of memory: processors without the matrix unit test it too.
  @Suite struct EmulatedMatrixUnit {
    /// Rows around the sizes of one and two tiles, and of several pairs of them.
    @Test(arguments: [1, 15, 16, 17, 31, 32, 33, 95, 96, 97], [32, 96, 384])
    func productOfRowsAndPanel(rows: Int, inner: Int) {
      var data = KernelData("amx")
      let (stride, width) = (inner + 32, Int(CK_PANEL) + 3)
      let left = data.narrow(rows * stride)
      let weight = data.floats(Int(CK_PANEL) * inner, scale: 0.2)
      var panel = [ck_bfloat16](repeating: 0, count: weight.count)
      ck_pack_float(weight, Int64(inner), Int64(CK_PANEL), 1, Int64(inner), &panel)
      var result = [Float](repeating: 7, count: rows * width)
      ck_tile_amx_emulated(
        Int64(rows), left, Int64(stride), panel, Int64(inner), &result, Int64(width))
      #expect(emulated_amx_faults() == 0)
      for at in result.indices {
        let (row, column) = (at / width, at % width)
        guard column < Int(CK_PANEL) else {
          #expect(result[at] == 7, "beside the panel")
          continue
        }
        let exact = (0..<inner).reduce(0.0) { sum, k in
          sum + Double(widened(left[row * stride + k]))
            * Double(widened(narrowed(weight[column * inner + k])))
        }
        #expect(abs(Double(result[at]) - exact) < 3e-5)
      }
    }
  }
}
