import Datasets
import Encoders
import FileAccess

/// Latents with the scaling that the model is trained on.
package struct ScaledLatents: Dataset {
  package let base: any Dataset
  /// Shift and scale for every number of an item.
  private let numbers: (shift: [Double], scale: [Double])

  /// Scales every item as it is loaded.
  package init(_ base: any Dataset, _ scaling: LatentScaling) throws {
    self.base = base
    numbers = try scaling.numbers(of: base.summary.itemShape.dimensions)
  }

  package var summary: DatasetSummary { base.summary }
  package var mirrors: Bool { base.mirrors }
  package var sources: [FilePath] { base.sources }

  package func checkItems() throws { try base.checkItems() }

  package func item(at index: Int, mirrored: Bool) throws -> DatasetItem {
    var item = try base.item(at: index, mirrored: mirrored)
    for place in item.values.indices {
      item.values[place] = Float(
        (Double(item.values[place]) - numbers.shift[place]) * numbers.scale[place])
      if let deviation = item.deviation?[place] {
        item.deviation?[place] = Float(Double(deviation) * abs(numbers.scale[place]))
      }
    }
    return item
  }
}
