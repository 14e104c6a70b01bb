import Datasets
import Diagnostics
import Foundation
import Pictures
import Testing

struct DataOrderTests {
  @Test func everyEpochSeesEverythingInItsOwnOrder() {
    let order = DataOrder(count: 50, seed: 9)
    let epochs = (0..<3).map { epoch in
      (0..<50).map { order.index(forImage: epoch * 50 + $0) }
    }
    for (epoch, indices) in epochs.enumerated() {
      #expect(indices.sorted() == Array(0..<50))
      #expect(indices == order.permutation(ofEpoch: epoch))
    }
    #expect(Set(epochs).count == 3)
    #expect(DataOrder(count: 50, seed: 10).permutation(ofEpoch: 0) != epochs[0])
  }

  @Test func heldOutItemsAreNeverTrainedOn() throws {
    let shapes = ShapesDataset(count: 60, seed: 1)
    let (training, validation) = shapes.holdingOut(12, seed: 5)
    #expect(training.summary.count == 48 && validation.summary.count == 12)
    func contents(_ dataset: some Dataset) throws -> Set<[Float]> {
      Set(try (0..<dataset.summary.count).map { try dataset.item(at: $0, mirrored: false).values })
    }
    let (first, second) = (try contents(training), try contents(validation))
    #expect(first.isDisjoint(with: second) && first.count == 48 && second.count == 12)
    #expect(training.summary.fingerprint != validation.summary.fingerprint)
    let again = shapes.holdingOut(12, seed: 5)
    #expect(again.validation.summary == validation.summary)
    #expect(try contents(again.validation) == second)
    #expect(try contents(shapes.holdingOut(12, seed: 6).validation) != second)
  }

  /// Also through `any Dataset`, as a run does it.
  @Test func partsOfPicturesArePictures() throws {
    let dataset: any Dataset = ShapesDataset(count: 20)
    let parts = dataset.holdingOut(5, seed: 0)
    let pictures = try #require(parts.validation as? any PictureDataset)
    #expect(try pictures.picture(at: 4).width == 32)
    expectFailure(.usage, saying: "shapes (validation)") { try pictures.picture(at: 5) }
  }
}
