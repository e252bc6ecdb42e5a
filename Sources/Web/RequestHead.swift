import Foundation

/// The bounds of what comes before a body, and the methods there are.
enum RequestHead {
  /// Methods that mean something somewhere; anything else is refused whatever the address.
  static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
  /// The whole block of headers, in bytes.
  static let longestBlock = 16 << 10
  /// The address with its query, in bytes.
  static let longestLine = 8 << 10
  /// Headers.
  static let mostFields = 100

  /// Whether a content type is that of JSON, with no other character set than its own.
  static func isJSON(_ contentType: String) -> Bool {
    let parts = contentType.lowercased().split(separator: ";").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return parts.first == "application/json"
      && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" || !$0.hasPrefix("charset=") }
  }
}

/// The names a server answers to: a page of another name that leads here is not ours.
struct HostNames: Sendable {
  private let names: Set<String>

  /// The names of this machine itself, and those it is asked by.
  init(_ publicHosts: [String]) {
    names = Set(["localhost", "127.0.0.1", "[::1]"] + publicHosts.map { $0.lowercased() })
  }

  /// Whether a Host header names this server, at whatever port.
  func contains(_ authority: String) -> Bool {
    var name = authority.lowercased()
    if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") {
      guard UInt16(name[name.index(after: colon)...]) != nil else { return false }
      name = String(name[..<colon])
    }
    return names.contains(name)
  }
}
