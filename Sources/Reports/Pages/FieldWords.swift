/// The words on pages for the names of fields in records.
enum FieldWords {
  /// A field's name in words, beginning with a capital letter.
  ///
  /// - Parameter name: the name in the record, in snake_case.
  static func of(_ name: String) -> String {
    let words = special[name] ?? name.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Names whose plain words would not be understood.
  private static let special = [
    "at": "measured at",
    "cfg_high": "guidance up to time",
    "cfg_low": "guidance from time",
    "content": "hash of the pictures",
    "few_pictures": "exception",
    "floor": "smallest noise level",
    "guidance_high": "guidance up to time",
    "guidance_low": "guidance from time",
    "images": "training images seen",
    "input": "preparation of pictures",
    "labels": "classes drawn",
    "network": "feature network",
    "network_weights": "hash of its weights",
    "output": "features",
    "pictures_from": "where pictures come from",
    "reader": "classifier",
    "reference_content": "hash of the reference",
    "seconds": "seconds to score",
    "set": "folder of the pictures",
    "weights_used": "weights",
  ]
}
