import Conduct
import Foundation
import StudyModel

@testable import Web

/// Somebody who goes wherever the product lets them, and asks what it does not offer.
struct Visitor {
  private(set) var person: Person?
  let pair: Pair
  /// How many addresses of one route are asked for.
  let depth: Int
  /// Whether nothing more is asked once the worlds were told apart.
  var stopsAtDifference = false
  private(set) var differences: [Difference] = []
  /// How many acts of the own work were asked for.
  var errands = 0
  private(set) var forms: [(page: String, form: PageForm)] = []

  var name: String { person?.name ?? "nobody" }

  init(_ person: Person?, in pair: Pair, depth: Int) {
    self.person = person
    self.pair = pair
    self.depth = depth
  }

  private var isDone: Bool { stopsAtDifference && !differences.isEmpty }

  /// Asks for a page or an answer, and notes whether the worlds can be told apart by it.
  @discardableResult
  mutating func ask(_ asked: Asked) async throws -> Told {
    let (told, difference) = try await pair.ask(asked, as: name)
    if let difference { differences.append(difference) }
    follow(told)
    return told
  }

  /// Goes on with the session the answer gives, as a browser does: its cookie at once, the token of its forms
  /// from the next page that has some.
  private mutating func follow(_ told: Told) {
    let cookies = told.headers.filter { $0.name == "Set-Cookie" }.map(\.value)
    if let token = cookies.compactMap({ $0.firstMatch(of: /__Host-eq=([0-9a-f]{64});/)?.1 }).first {
      person?.renewed = (Hex.bytes(String(token)), nil)
    }
    // A program is told both in the answer.
    if let found = told.text.firstMatch(
      of: /"form_token":"([0-9a-f]{64})","status":"changed","token":"([0-9a-f]{64})"/)
    {
      person?.renewed = (Hex.bytes(String(found.2)), Hex.bytes(String(found.1)))
    }
    guard person?.renewed.token != nil, person?.renewed.formToken == nil,
      let found = told.text.firstMatch(of: /name="_token" value="([0-9a-f]{64})"/)
    else { return }
    person?.renewed.formToken = Hex.bytes(String(found.1))
  }

  /// Follows links from the home page, at most so many of a route.
  mutating func walk(_ addresses: inout Addresses, from starts: [String] = ["/"]) async throws {
    var waiting = starts
    var seen = Set(waiting)
    var counts: [String: Int] = [:]
    while let target = waiting.first, !isDone {
      waiting.removeFirst()
      guard let route = Addresses.route("GET", target) else { continue }
      let routeName = Addresses.name(of: route)
      // A search is asked beside the pages of its route and not in the place of one.
      let kind = routeName + (target.contains("?") ? "?" : "")
      counts[kind, default: 0] += 1
      let most = target.contains("?") ? Extent.searches : depth
      guard counts[kind, default: 0] <= most else { continue }
      addresses.learn(target, of: route)
      let told = try await ask(.page(target, by: person, route: routeName))
      // A home that leads on, as that of a rater does.
      if let onward = told.headers.first(where: { $0.name == "Location" })?.value,
        onward.hasPrefix("/"), seen.insert(onward).inserted
      {
        waiting.append(onward)
      }
      guard told.status == 200, told.headers.first?.value.hasPrefix("text/html") == true else {
        continue
      }
      let text = told.text
      for link in PageReading.links(of: text) + PageReading.searches(of: text)
      where seen.insert(link).inserted {
        waiting.append(link)
      }
      for form in PageReading.forms(of: text, password: Template.password) {
        forms.append((target, form))
        if let route = Addresses.route("POST", form.action) {
          addresses.learn(form.action, of: route)
        }
      }
    }
  }

  /// Asks every route directly, in every way that only reads.
  mutating func readEverything(_ addresses: Addresses, _ role: RoleView) async throws {
    for route in RouteTable.all where route.method == "GET" && !isDone {
      let isAdmitted = role.isAdmitted(to: route)
      // Tokens are few, and most of them somebody else's.
      let times = route.pattern.contains("{token}") ? 12 : depth
      for number in 0..<(isAdmitted && route.pattern.contains("{") ? times : 1) {
        try await ask(read(route, addresses.target(route, number), .good))
      }
      if isAdmitted {
        for name in APIAnswers.shape(of: route)?.query ?? [] {
          for value in Self.asked(for: name).prefix(Extent.isFull ? 6 : 1) {
            let target = addresses.target(route, 0) + "?\(name)=\(value.formText)"
            try await ask(read(route, target, .good))
          }
        }
      }
      guard route.pattern.contains("{") else { continue }
      if isAdmitted { try await ask(read(route, addresses.target(route, -1), .good)) }
      for kind in isAdmitted ? Self.wrongAddresses : [.absent] {
        try await ask(read(route, wrong(kind, addresses, route), kind))
      }
    }
    for kind in [Asked.Kind.malformed, .oversized] {
      let target = kind == .malformed ? "/no/such/%zz" : "/" + String(repeating: "a", count: 9000)
      var asked = Asked.page(target, by: person, route: "GET none")
      asked.kind = kind
      try await ask(asked)
    }
    guard pair.isServed else { return }
    for asked in Asked.unreadable(by: person) {
      try await ask(asked)
      // A server may number what it could not read once it has answered: numbers go by the request at hand.
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// What somebody asks for by a name of the query: what there is, what is elsewhere, absent and malformed.
  private static func asked(for name: String) -> [String] {
    let found =
      switch name {
      case "participant", "after": ["101-0001", "103-0001", "101-9999"]
      case "user": ["coordinator-101", "nobody-at-all"]
      case "class": ["open", "outcome", "treatment", "allocation"]
      case "from", "through": ["2027-01-10", "2199-01-01"]
      case "question": AuditQuestion.allCases.map(\.rawValue)
      default: ["1", "2", "9999"]
      }
    return found + ["", "'\u{0}x"]
  }

  static let wrongAddresses: [Asked.Kind] = [.foreign, .absent, .malformed, .oversized]

  private func read(_ route: Route, _ target: String, _ kind: Asked.Kind) -> Asked {
    let name = Addresses.name(of: route)
    var asked =
      route.surface == .api
      ? Asked.api("GET", target, by: person, route: name)
      : Asked.page(target, by: person, route: name)
    asked.kind = kind
    return asked
  }

  /// An address of a route that is wrong in one way.
  func wrong(_ kind: Asked.Kind, _ addresses: Addresses, _ route: Route) -> String {
    let own = person?.site ?? "*"
    let other = own == "103" ? "101" : "103"
    return addresses.target(route, 0) { key, value in
      switch (kind, key) {
      case (.foreign, "{participant}"): "\(other)-0001"
      case (.foreign, "{site}"): other
      case (.absent, "{participant}"): "\(own == "*" ? "101" : own)-9999"
      case (.absent, "{site}"): "199"
      case (.absent, "{form}"): "NOSUCH"
      case (.absent, "{visit}"): value
      case (.absent, _): "77777777-7777-4777-8777-777777777777"
      case (.malformed, _): "%27%00x"
      case (.oversized, _): String(repeating: "9", count: 3000)
      default: value
      }
    }
  }
}

/// What a person's role admits to.
struct RoleView {
  let isAdmitted: (Route) -> Bool

  init(_ person: Person?, _ template: Template) {
    let role = template.definition.roles.first { $0.id.text == person?.role }
    isAdmitted = { route in
      switch route.access {
      case .everybody: true
      case .waiting: person?.role == ""
      case .signedIn: role != nil
      case .anyOf, .blinded: role.map(route.access.admits) ?? false
      }
    }
  }

  func isAdmitted(to route: Route) -> Bool { isAdmitted(route) }
}
