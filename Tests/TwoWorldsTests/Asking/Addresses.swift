@testable import Web

/// What the addresses of a trial are made of, gathered from the pages of everybody.
struct Addresses: Sendable {
  private var known: [String: [String]] = [:]

  /// The route an address belongs to, found as the server finds it.
  static func route(_ method: String, _ target: String) -> Route? {
    let path = target.prefix { $0 != "?" }
    let segments = path.split(separator: "/")
    return RouteTable.all.filter { $0.method == method }
      .compactMap { route in route.match(segments).map { (route, $0.count) } }
      .sorted { $0.1 < $1.1 }.first?.0
  }

  static func name(of route: Route) -> String { "\(route.method) \(route.pattern)" }

  /// A parameter is known by the segment before it: `queries/{number}` is no `reports/{number}`.
  private static func parameters(of pattern: String) -> [(key: String, segment: Int)] {
    let parts = pattern.split(separator: "/")
    return parts.indices.filter { parts[$0].hasPrefix("{") }.map { index in
      let before = parts[..<index].last { !$0.hasPrefix("{") } ?? ""
      let name = String(parts[index])
      // Participants, forms and visits are the same wherever they stand.
      let isPlain =
        ["{participant}", "{form}", "{visit}", "{site}"].contains(name) && before != "desk"
      return (isPlain ? name : "\(before)/\(name)", index)
    }
  }

  mutating func add(_ key: String, _ value: String) {
    guard known[key]?.contains(value) != true else { return }
    known[key, default: []].append(value)
  }

  /// Learns from an address that a page leads to.
  mutating func learn(_ target: String, of route: Route) {
    let segments = target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
    for (key, index) in Self.parameters(of: route.pattern) where segments.indices.contains(index) {
      // Where somebody was just led comes first; what only others know comes last.
      known[key]?.removeAll { $0 == segments[index] }
      known[key, default: []].insert(segments[index], at: 0)
    }
  }

  private static func fallback(_ key: String) -> String {
    if key == "desk/{form}" { return "MADRS" }
    if key.hasSuffix("{number}") { return "1" }
    if key.hasSuffix("{version}") { return "2.0" }
    if key.hasSuffix("{name}") { return "result.json" }
    if key.hasSuffix("{clock}") { return "sae_triage" }
    if key.hasSuffix("{instrument}") { return "QIDSSR16" }
    if key.hasSuffix("{token}") { return "A-00000000" }
    if key.hasSuffix("{first}") || key.hasSuffix("{second}") { return "1" }
    return "none"
  }

  /// An address of a route, the n-th of its kind, -1 for the last; `replacing` puts one text for every parameter.
  func target(_ route: Route, _ number: Int, replacing: (String, String) -> String = { $1 })
    -> String
  {
    var segments = route.pattern.split(separator: "/").map(String.init)
    // Forms go with their visits, tokens with their forms.
    for (key, index) in Self.parameters(of: route.pattern) {
      let values = known[key] ?? []
      let value =
        values.isEmpty
        ? Self.fallback(key) : values[number < 0 ? values.count - 1 : number % values.count]
      segments[index] = replacing(key, value)
    }
    return "/" + segments.joined(separator: "/")
  }
}
