import Nets

extension Module {
  /// The module with this name in checkpoints, such as `blocks.1.attn.q_norm`.
  public func module(_ path: String) -> (any Module)? {
    for case .module(let name, let module) in members {
      if name == path { return module }
      if path.hasPrefix("\(name)."),
        let inner = module.module(String(path.dropFirst(name.count + 1)))
      {
        return inner
      }
    }
    return nil
  }
}
