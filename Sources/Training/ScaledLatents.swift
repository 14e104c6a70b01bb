import Data

/// Latents less their space's mean, over its deviation, per channel.
struct ScaledLatents: Dataset {
  let base: any Dataset
  let latents: LatentSpace

  var summary: DatasetSummary { base.summary }
  var mirrors: Bool { base.mirrors }

  func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    var item = try base.item(at: index, mirrored: mirrored)
    let area = item.values.count / latents.mean.count
    for (channel, (mean, deviation)) in zip(latents.mean, latents.standardDeviation).enumerated() {
      for place in channel * area..<(channel + 1) * area {
        item.values[place] = Float((Double(item.values[place]) - mean) / deviation)
      }
    }
    return item
  }
}
