import DiffusionMath
import Foundation
import Telemetry
import TestSupport

/// A run folder as training leaves it, with curves and pictures that look like those of a real run.
struct RunFixture {
  let temporary: TemporaryFolder
  let url: URL
  let grids = [0, 4_096, 16_384, 32_768, 49_152, 65_536, 81_920, 98_304]

  init() throws {
    temporary = try TemporaryFolder()
    url = temporary.url.appendingPathComponent("shapes-demo")
    for folder in ["samples", "checkpoints/49152/state", "checkpoints/98304"] {
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    try write(Self.recipe, to: "recipe.yaml")
    try write(JSONEncoder().encode(Self.environment), to: "environment.json")
    try writeMetrics()
    for (index, images) in grids.enumerated() {
      let noise = 1 - Double(index) / Double(grids.count - 1)
      try write(FakePNG.shapes(noise: noise, seed: UInt64(images)), to: "samples/\(images).png")
    }
    try write(Data(count: 1_400_000), to: "checkpoints/49152/model.safetensors")
    try write(Data(count: 1_400_000), to: "checkpoints/49152/ema.safetensors")
    try write(Data(count: 2_800_000), to: "checkpoints/49152/state/optimizer.safetensors")
    try write("", to: "checkpoints/49152/DONE")
    try write(Data(count: 900_000), to: "checkpoints/98304/model.safetensors")
  }

  func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  func write(_ data: Data, to path: String) throws {
    try data.write(to: url.appendingPathComponent(path))
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: url.appendingPathComponent(path))
  }

  private func writeMetrics() throws {
    let log = try MetricsLog(url: url.appendingPathComponent("metrics.jsonl"))
    let random = { (index: Int) -> [Float] in
      var stream = RandomStream(seed: 1, purpose: "tests/metrics", index: UInt64(index))
      return stream.normals(16)
    }
    log.append(MetricRecord(kind: .note, images: 0, step: 0, text: "Started from random weights."))
    for step in stride(from: 4, through: 1_536, by: 4) {
      let images = step * 64
      let noise = random(step).map(Double.init)
      let level = 0.16 + 0.85 * exp(-Double(step) / 90) + 0.10 * exp(-Double(step) / 600)
      let velocity = level * (1 + 0.09 * noise[0])
      let bins: [Double?] = (0..<10).map { bin in
        let time = (Double(bin) + 0.5) / 10
        let shape = 0.55 + 1.5 * pow(time - 0.55, 2) + 0.5 * exp(-14 * time)
        return level * shape * (1 + 0.08 * noise[bin + 2])
      }
      log.append(
        MetricRecord(
          kind: .train, images: images, step: step, loss: velocity + 0.04,
          terms: ["velocity": velocity, "alignment": 0.04 + 0.2 * exp(-Double(step) / 300)],
          gradientNorm: (0.25 + 2 * exp(-Double(step) / 60)) * exp(0.25 * noise[1]),
          learningRate: 3e-4 * min(1, Double(step) / 200), imagesPerSecond: 512 + 9 * noise[2],
          trainSeconds: Double(images) / 512, memoryBytes: 1_240_000_000 + step * 20_000,
          timeBins: bins))
      if step.isMultiple(of: 128) {
        log.append(
          MetricRecord(kind: .validation, images: images, step: step, loss: level + 0.055))
      }
      if step.isMultiple(of: 384) {
        let distance = 0.012 + 0.2 * exp(-Double(step) / 420)
        log.append(
          MetricRecord(
            kind: .score, images: images, step: step, name: "kid", value: distance,
            low: distance * 0.93, high: distance * 1.07, count: 5_000,
            protocolRecord: [
              "features": "Inception v3 (pool3)", "reference": "shapes, 10,000 pictures",
              "solver": "heun, 32 steps", "guidance": "1.5", "weights": "ema",
            ]))
      }
    }
    log.append(
      MetricRecord(
        kind: .score, images: 98_304, step: 1_536, name: "fid", value: 4.31, low: 4.12, high: 4.52,
        count: 5_000,
        protocolRecord: ["features": "Inception v3 (pool3)", "solver": "heun, 32 steps"]))
  }

  static let recipe = """
    # Peregrine demo: a small DiT on built-in pictures.
    name: shapes-demo            # recipe
    model:
      preset: SiT-Ti/2           # recipe
      width: 192                 # preset
    data: shapes-32              # recipe
    training:
      images: 98304              # --set
      title: "<b>bold</b> & 'quoted'"

    """

  static let environment = EnvironmentRecord.capture(
    libraries: ["libtorch": "2.11.0", "oneDNN": "3.7.1"], device: "cpu", threads: 2,
    packageRoot: nil)
}

/// PNG files without a compressor: stored blocks only.
enum FakePNG {
  /// A 4 × 4 grid of 32 × 32 pictures of coloured shapes under noise.
  static func shapes(noise: Double, seed: UInt64) -> Data {
    var stream = RandomStream(seed: seed, purpose: "tests/pixels")
    var places = RandomStream(seed: 3, purpose: "tests/shapes")
    let colours: [(Double, Double, Double)] = [
      (0.86, 0.30, 0.25), (0.20, 0.50, 0.82), (0.20, 0.62, 0.45), (0.93, 0.68, 0.20),
    ]
    let shapes = (0..<16).map { _ in
      (
        x: 10 + 12 * places.uniform(), y: 10 + 12 * places.uniform(),
        radius: 6 + 5 * places.uniform(), colour: colours[places.integer(below: 4)],
        isSquare: places.uniform() < 0.4
      )
    }
    var pixels: [UInt8] = []
    for row in 0..<128 {
      for column in 0..<128 {
        let shape = shapes[row / 32 * 4 + column / 32]
        let across = abs(Double(column % 32) - shape.x)
        let down = abs(Double(row % 32) - shape.y)
        let distance =
          shape.isSquare ? max(across, down) : (across * across + down * down).squareRoot()
        let cover = min(1, max(0, shape.radius - distance + 0.5))
        let parts = [shape.colour.0, shape.colour.1, shape.colour.2]
        for part in parts {
          let clean = 0.95 + cover * (part - 0.95)
          let value = (1 - noise) * clean + noise * stream.uniform()
          pixels.append(UInt8(255 * min(1, max(0, value))))
        }
      }
    }
    return png(width: 128, height: 128, pixels: pixels)
  }

  static func png(width: Int, height: Int, pixels: [UInt8]) -> Data {
    var rows: [UInt8] = []
    for row in 0..<height {
      rows.append(0)  // no filter
      rows += pixels[(row * width * 3)..<((row + 1) * width * 3)]
    }
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: rows.count, by: 65_535) {
      let block = rows[start..<min(rows.count, start + 65_535)]
      let size = UInt16(block.count)
      stream.append(start + 65_535 >= rows.count ? 1 : 0)
      for value in [size, ~size] { stream += [UInt8(value & 0xFF), UInt8(value >> 8)] }
      stream += block
    }
    stream += bytes(adler32(rows))
    let header = bytes(UInt32(width)) + bytes(UInt32(height)) + [8, 2, 0, 0, 0]
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    return Data(signature + chunk("IHDR", header) + chunk("IDAT", stream) + chunk("IEND", []))
  }

  private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    let content = Array(type.utf8) + body
    return bytes(UInt32(body.count)) + content + bytes(crc32(content))
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func adler32(_ data: [UInt8]) -> UInt32 {
    var (low, high) = (UInt32(1), UInt32(0))
    for byte in data {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    return high << 16 | low
  }

  private static let crcTable: [UInt32] = (0..<256).map { (index: UInt32) -> UInt32 in
    var value = index
    for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1 }
    return value
  }

  private static func crc32(_ data: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in data { crc = (crc >> 8) ^ crcTable[Int((crc ^ UInt32(byte)) & 0xFF)] }
    return ~crc
  }
}
