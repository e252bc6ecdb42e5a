/// Which addresses a link, a form or an asset of a page may name.
enum Address {
  /// What stands in the page when an address is not allowed: a link that goes nowhere.
  static let refused = "#"

  /// The address when it stays on this server or opens a call, a letter or a secure page, which those of
  /// this machine itself are.
  ///
  /// Everything else, `javascript:` and `data:` first, becomes a link that goes nowhere. A scheme
  /// is looked for before the first slash, so that a colon later in a path is no scheme.
  static func allowed(_ address: String) -> String {
    // Browsers drop tabs and line breaks inside an address, so that two slashes could hide there.
    guard address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return refused }
    for safe in ["https://", "tel:", "mailto:"] where address.hasPrefix(safe) { return address }
    // An expression is compiled anew at each use: only what may fit pays for it.
    if address.hasPrefix("http://"),
      address.wholeMatch(of: /http:\/\/(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?(?:[\/?#].*)?/)
        != nil
    {
      return address
    }
    // Two slashes name another server; browsers read a backslash as a slash.
    guard !address.hasPrefix("//"), !address.contains("\\") else { return refused }
    let head = address.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !head.utf8.contains(UInt8(ascii: ":")) else { return refused }
    return address
  }
}
