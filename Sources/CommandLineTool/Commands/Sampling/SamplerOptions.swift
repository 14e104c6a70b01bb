import ArgumentParser
import Diagnostics
import Foundation
import Recipes

/// An option for each of the ``SamplerSettings``; the default is the value in the run's recipe.
///
/// The argument parser finds options through a mirror of the type's properties and decodes each by
/// its name. Here the mirror is made from the list of settings, so that a new setting becomes an
/// option automatically.
struct SamplerOptions: ParsableArguments, CustomReflectable {
  private typealias Setting = SamplerSettings.CodingKeys

  private var given: [Setting: String] = [:]

  init() {}

  init(from decoder: any Decoder) throws {
    let options = try decoder.container(keyedBy: Setting.self)
    for setting in Setting.allCases {
      given[setting] = try options.decode(Option<String?>.self, forKey: setting).wrappedValue
    }
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: Setting.allCases.map { setting in
        (label: setting.rawValue, value: setting.option)
      })
  }

  func validate() throws {
    do {
      _ = try laid(over: RecipeLayers()).decoded()
    } catch let error as PeregrineError {
      throw ValidationError("\(error)")
    }
  }

  /// The names of the options that were given.
  var givenNames: [String] {
    Setting.allCases.filter { given[$0] != nil }.map(\.optionName)
  }

  /// The layers of a recipe with the given options applied to its preview.
  func laid(over layers: RecipeLayers) throws -> RecipeLayers {
    var layers = layers
    for setting in Setting.allCases {
      guard let text = given[setting] else { continue }
      try layers.set(setting.key, to: text, origin: "--\(setting.optionName)")
    }
    return layers
  }

  /// The options that spell out every setting of a recipe's preview, for the record of a picture.
  static func named(stating layers: RecipeLayers) -> [(name: String, value: String)] {
    Setting.allCases.map { ($0.optionName, plain(layers.entries[$0.key]?.value ?? "")) }
  }

  /// The settings of a recipe's preview by name, as in a picture's record.
  static func record(of layers: RecipeLayers) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: Setting.allCases.map {
        ($0.rawValue, plain(layers.entries[$0.key]?.value ?? ""))
      })
  }

  /// Writes numbers plainly, because defaults are stored as `1e+0`.
  private static func plain(_ text: String) -> String {
    text.split(separator: ", ").map { item in
      item.contains("e") ? Double(item).map { "\($0)" } ?? String(item) : String(item)
    }.joined(separator: ",")
  }
}

extension SamplerSettings.CodingKeys {
  /// The key in the recipe.
  fileprivate var key: String { "preview.sampler.\(rawValue)" }

  fileprivate var optionName: String { rawValue.replacingOccurrences(of: "_", with: "-") }

  fileprivate var option: Option<String?> {
    let values = choices.isEmpty ? "" : " (values: \(choices.joined(separator: ", ")))"
    return Option(
      name: .customLong(optionName),
      help: ArgumentHelp("\(help) Default: the recipe's preview.\(values)", valueName: optionName),
      completion: choices.isEmpty ? nil : .list(choices))
  }
}
