import Foundation

/// The user's home folder: `$HOME`, as a shell has it, or else what the system's accounts say.
package var homeFolder: URL {
  let home = ProcessInfo.processInfo.environment["HOME"] ?? ""
  return home.hasPrefix("/")
    ? URL(fileURLWithPath: home) : FileManager.default.homeDirectoryForCurrentUser
}

/// A path from a recipe, where no shell has expanded it: a leading `~/` is the home folder, any
/// other `~` an ordinary character.
package func expandingHome(_ path: String) -> String {
  if path.hasPrefix("~/") { return homeFolder.path + path.dropFirst() }
  return path.hasPrefix("~") ? "./" + path : path
}
