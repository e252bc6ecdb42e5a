/// The server as browsers and authenticators know it.
public struct RelyingParty: Sendable, Equatable {
  /// The name passkeys are made for: the host, without a port.
  public let id: String
  /// The origin of its pages.
  public let origin: String

  /// The server people ask by this name and port; nil for an address, which no passkey can be made for.
  ///
  /// - Parameter authority: the host with its port, as the request names it, already known as one of ours.
  public init?(authority: String) {
    let authority = authority.lowercased()
    guard !authority.hasPrefix("[") else { return nil }
    let host = String(authority.prefix { $0 != ":" })
    let isName = host.utf8.contains { (0x61...0x7A).contains($0) }
    guard isName, host.utf8.count <= 253 else { return nil }
    id = host
    // Browsers hold this machine's own name for safe without encryption, and no other.
    origin = (host == "localhost" ? "http://" : "https://") + authority
  }
}
