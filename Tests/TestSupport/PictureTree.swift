import Datasets
import Foundation
import Pictures

/// A small folder tree with one folder of pictures per class.
package enum PictureTree {
  /// Writes `perClass` pictures of shapes into a folder for each class.
  package static func write(to root: URL, perClass: Int, classes: [String] = ["a", "b"]) throws {
    let shapes = ShapesDataset(count: perClass * classes.count)
    for (index, name) in classes.enumerated() {
      let folder = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for number in 0..<perClass {
        try shapes.picture(at: index * perClass + number)
          .write(png: folder.appendingPathComponent(String(format: "%03d.png", number)))
      }
    }
  }
}
