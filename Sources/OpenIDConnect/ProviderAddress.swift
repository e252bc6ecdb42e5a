import Foundation

/// An address of a provider: encrypted, or on this machine.
public struct ProviderAddress: Sendable, Hashable {
  /// The address as it was written.
  public let text: String
  /// The host with its port.
  public let host: String
  /// What it begins with, for people to recognize: scheme and host.
  public var origin: String { "\(text.prefix { $0 != ":" })://\(host)" }

  /// Reads an address; nil when it is not encrypted and not on this machine, or holds more than an address.
  public init?(_ text: String) {
    guard text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      let parts = URLComponents(string: text), let name = parts.host, !name.isEmpty,
      parts.user == nil, parts.password == nil, parts.fragment == nil
    else { return nil }
    switch parts.scheme {
    case "https": break
    case "http": guard Self.isLoopback(name) else { return nil }
    default: return nil
    }
    self.text = text
    host = parts.port.map { "\(name):\($0)" } ?? name
  }

  /// The address below this one, as discovery puts it.
  func below(_ path: String) -> String {
    (text.hasSuffix("/") ? String(text.dropLast()) : text) + path
  }

  /// Whether there is a query in it, which an issuer has not.
  public var hasQuery: Bool { text.contains("?") }

  /// Whether a host is this machine itself.
  public static func isLoopback(_ host: String) -> Bool {
    ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
  }
}
