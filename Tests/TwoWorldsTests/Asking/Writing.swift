@testable import Web

extension Visitor {
  /// Acts that end what the others need, in the order in which they end least.
  private static let last = [
    "POST /lock/soft", "POST /lock/hard", "POST /unblinding", "POST /sites/{site}/suspend",
    "POST /sites/{site}/close", "POST /role", "POST /sign-out",
  ]

  private static let costly: Set<String> = [
    "POST /sign-in", "POST /api/v1/sessions", "POST /api/v1/sessions/confirm",
  ]

  private static func rank(_ route: String) -> Int {
    let plain = route.replacing("/api/v1", with: "").replacing("/sessions/end", with: "/sign-out")
    return (last.firstIndex(of: plain) ?? -1) + 1
  }

  /// Posts every form that pages offered, and calls every act of the API, right and wrong.
  mutating func writeEverything(_ addresses: Addresses, _ role: RoleView) async throws {
    let offered = forms.map { offer in
      (offer.page, offer.form, Addresses.route("POST", offer.form.action))
    }
    var counts: [String: Int] = [:]
    let routes = RouteTable.all.filter { $0.method != "GET" }.enumerated().sorted {
      (Self.rank(Addresses.name(of: $0.element)), $0.offset)
        < (Self.rank(Addresses.name(of: $1.element)), $1.offset)
    }.map(\.element)
    for route in routes {
      let name = Addresses.name(of: route)
      // A password costs half a second, whoever gives it: one person asks these in every way.
      if Self.costly.contains(name), person?.role ?? "coordinator" != "coordinator" { continue }
      if route.surface == .api {
        try await call(route, addresses, isAdmitted: role.isAdmitted(to: route))
        continue
      }
      for (page, form, target) in offered where target.map(Addresses.name) == name {
        counts[name, default: 0] += 1
        guard counts[name, default: 0] <= depth else { break }
        try await post(form, of: page, route)
      }
      try await postWrongly(route, addresses, isAdmitted: role.isAdmitted(to: route))
    }
  }

  // MARK: Pages

  /// A form as it stands on its page now: once, again, and once more with a key of its own.
  private mutating func post(_ form: PageForm, of page: String, _ route: Route) async throws {
    let name = Addresses.name(of: route)
    guard let found = try await fresh(form, of: page) else { return }
    let fields = found.fields.map { field in
      field.value == PageReading.participant ? (field.name, pair.stories.telling) : field
    }
    let now = PageForm(action: found.action, fields: fields)
    try await ask(.form(now.action, now.fields, by: person, route: name))
    var again = Asked.form(now.action, now.fields, by: person, route: name)
    again.kind = .repeated
    try await ask(again)
    let other = now.fields.map { $0.name == "_key" ? ("_key", "another-key-of-the-same") : $0 }
    var late = Asked.form(now.action, other, by: person, route: name)
    late.kind = .wrongState
    try await ask(late)
  }

  /// The form with the version and key its page has now.
  private mutating func fresh(_ form: PageForm, of page: String) async throws -> PageForm? {
    guard let route = Addresses.route("GET", page) else { return form }
    let told = try await ask(.page(page, by: person, route: Addresses.name(of: route)))
    let now = PageReading.forms(of: told.text, password: Template.password)
    return now.first {
      $0.action == form.action && $0.fields.last?.value == form.fields.last?.value
    } ?? now.first { $0.action == form.action }
  }

  private mutating func postWrongly(
    _ route: Route, _ addresses: Addresses, isAdmitted: Bool
  ) async throws {
    let name = Addresses.name(of: route)
    let token = person?.formToken.hexText ?? ""
    func fields(_ kind: Asked.Kind) -> [(name: String, value: String)] {
      [("_token", kind == .noToken ? "" : token)]
        + (kind == .noKey ? [] : [("_key", "\(name.count)-\(kind.rawValue)-of-a-page")])
        + [
          ("user", "coordinator-101"), ("reason", "as the source says"), ("_version", "7"),
          ("act", "save"),
        ]
    }
    let kinds: [Asked.Kind] =
      isAdmitted
      ? [.good, .noKey, .noToken, .malformedBody, .oversized]
        + (route.pattern.contains("{") ? [.foreign, .absent, .malformed] : [])
      : [.good]
    for kind in kinds {
      let target =
        Self.wrongAddresses.contains(kind) && kind != .oversized
        ? wrong(kind, addresses, route) : addresses.target(route, 0)
      var asked = Asked.form(target, fields(kind), by: person, route: name)
      if kind == .malformedBody { asked.body = Array("%zz=1&&=".utf8) }
      if kind == .oversized { asked.body = Array(repeating: 0x61, count: (1 << 20) + 1) }
      asked.kind = kind
      try await ask(asked)
    }
  }

  // MARK: The API

  private mutating func call(
    _ route: Route, _ addresses: Addresses, isAdmitted: Bool
  ) async throws {
    let body = Bodies.good(route, person)
      .replacing(PageReading.participant, with: pair.stories.telling)
    func request(_ kind: Asked.Kind, _ target: String, key: String?) -> Asked {
      var asked = Asked.api(
        route.method, target, by: person, route: Addresses.name(of: route), body: body, key: key)
      asked.kind = kind
      if let wrong = Bodies.wrong(kind, body) { asked.body = wrong }
      return asked
    }
    let name = Addresses.name(of: route)
    let good = addresses.target(route, 0)
    guard isAdmitted else {
      try await ask(request(.good, good, key: "\(name.count)-of-the-API-by-nobody"))
      return
    }
    for number in 0..<depth {
      let target = addresses.target(route, number)
      let key = "\(name.count)-\(number)-good-request-of-the-API"
      for kind in [Asked.Kind.good, .repeated, .otherContent] {
        try await ask(request(kind, target, key: key))
      }
    }
    for kind in Asked.Kind.allCases {
      let key: String? = kind == .noKey ? nil : "\(name.count)-\(kind.rawValue)-of-the-API"
      switch kind {
      case .good, .repeated, .otherContent: continue
      case .foreign, .absent, .malformed:
        guard route.pattern.contains("{") else { continue }
        try await ask(request(kind, wrong(kind, addresses, route), key: key))
      case .wrongState, .malformedBody, .duplicateKeys, .unknownMember, .oversized, .noKey:
        try await ask(request(kind, good, key: key))
      case .noToken:
        // A browser's session without the header that proves our own page sent it.
        var asked = Asked.page(good, by: person, route: name)
        asked.method = route.method
        asked.headers += [("Content-Type", "application/json"), ("Sec-Fetch-Site", "same-origin")]
        asked.body = Array(body.utf8)
        asked.kind = kind
        try await ask(asked)
      }
    }
  }
}
