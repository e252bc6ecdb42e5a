import Pages

/// A page of this server to which one comes back after signing in: path and query, nothing else.
struct ReturnAddress: Equatable, Sendable {
  /// Path and query as a browser asks for them.
  let text: String

  /// The longest address that is kept, in bytes.
  private static let mostBytes = 512
  /// The box and the word of the query that carry it.
  static let name = "to"

  private static let routes = RouteIndex(RouteTable.all)

  /// Reads an address; nil where it is none of a page that is shown to somebody signed in.
  ///
  /// What a stranger wrote into the address of the sign-in page leads to a page of this server or
  /// nowhere: no second slash that would name another, no sign a browser would read otherwise.
  init?(_ text: String) {
    guard text.utf8.count <= Self.mostBytes, text.hasPrefix("/"), text != "/",
      !text.contains("//"), !text.contains(".."), text.utf8.allSatisfy(Self.isPlain)
    else { return nil }
    let path = String(text.prefix { $0 != "?" })
    guard Self.route(of: path) != nil else { return nil }
    self.text = text
  }

  /// Where a request without a session wanted to go: itself, or the page a form was sent from.
  init?(path: String, query: String?) {
    let asked = query.map { "\(path)?\($0)" } ?? path
    guard let address = Self(asked) ?? Self(path) else { return nil }
    self = address
  }

  /// The page the address is of, nil where that is none for who is signed in.
  var route: Route? { Self.route(of: String(text.prefix { $0 != "?" })) }

  private static func route(of path: String) -> Route? {
    routes.matches(path).map(\.route).first { route in
      guard route.method == "GET", route.surface == .page else { return false }
      switch route.access {
      case .everybody, .waiting: return false
      case .signedIn, .blinded, .anyOf: return true
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    let isWord =
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    return isWord || "-._~/?&=%+".utf8.contains(byte)
  }

  /// As it is sent on in the query of another address.
  var query: String { "\(Self.name)=\(Address.escaped(text))" }
  /// As a form sends it on.
  var kept: KeptValue { KeptValue(name: Self.name, value: text) }
}

extension Call {
  /// Where to go after signing in, as the form or the address says.
  var returnAddress: ReturnAddress? {
    (form[ReturnAddress.name] ?? query[ReturnAddress.name]).flatMap { ReturnAddress($0) }
  }

  /// The target of a form that carries on where to go after signing in.
  func signInTarget(_ action: String, token: String? = nil) -> FormTarget {
    var target = self.target(action, token: token)
    target.kept = returnAddress.map { [$0.kept] } ?? []
    return target
  }
}
