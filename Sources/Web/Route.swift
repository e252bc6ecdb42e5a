import Conduct
import Foundation
public import StudyModel

/// Who may ask for a route.
public enum Access: Sendable, Equatable {
  /// Anybody, signed in or not.
  case everybody
  /// Who has given a password and not yet the code.
  case waiting
  /// Anybody signed in, whatever the role.
  case signedIn
  /// Roles that may know no arm, the participant's own aside.
  case blinded
  /// Roles that hold one of these capabilities.
  case anyOf([Capability])

  /// Whether a role passes.
  public func admits(_ role: Role) -> Bool {
    switch self {
    case .everybody, .waiting, .signedIn: true
    case .blinded: Installation.reportsUnblinding(role)
    case .anyOf(let capabilities): capabilities.contains { role.can($0) }
    }
  }
}

/// A member of a JSON body.
public struct BodyMember: Sendable, Equatable {
  /// The JSON type it has.
  public enum Kind: String, Sendable { case string, integer, boolean, object }
  /// The name.
  public let name: String
  /// The type.
  public let kind: Kind
  /// Whether it must be there.
  public let isRequired: Bool
  /// Whether its texts are whole files, as long as the body may be.
  public var isFile = false

  /// The same member, whose texts are whole files.
  var asFile: BodyMember {
    var member = self
    member.isFile = true
    return member
  }

  static func text(_ name: String) -> BodyMember {
    BodyMember(name: name, kind: .string, isRequired: true)
  }

  static func optional(_ name: String, _ kind: Kind = .string) -> BodyMember {
    BodyMember(name: name, kind: kind, isRequired: false)
  }

  static func required(_ name: String, _ kind: Kind) -> BodyMember {
    BodyMember(name: name, kind: kind, isRequired: true)
  }
}

extension [BodyMember] {
  /// What proves who acts by password and second factor, where that was not proved just before.
  static let proofs: Self = [.optional("password"), .optional("one_time_code")]
}

/// For whom a route answers.
public enum Surface: String, Sendable {
  /// A person's browser.
  case page
  /// A program.
  case api
}

/// One route: the only list of what the server answers, for pages and API alike.
public struct Route: Sendable {
  /// The method, `GET` or `POST`.
  public let method: String
  /// The path with its parameters in braces.
  public let pattern: String
  /// Who may ask.
  public let access: Access
  /// Page or API.
  public let surface: Surface
  /// One sentence on what it does, printed in the API description.
  public let summary: String
  /// The members a JSON body may have; anything else is refused.
  public let body: [BodyMember]
  /// Whether it is answered at once: it may run on the threads that speak to the database, which
  /// long work would take from everybody.
  public var isBrief = false
  /// Whether and how its requests take effect once.
  public var once: OncePolicy
  /// The most bytes a body may have; more than usual only for who is signed in.
  public var mostBytes = Route.usualBytes
  /// The most bytes of a body where a route says nothing else: 1 MiB.
  public static let usualBytes = 1 << 20
  /// The most bytes of a body that holds files of data: 64 MiB.
  public static let dataBytes = StrictJSON.longestFile
  /// Whether it takes files of data, which a person sends one at a time.
  var takesData: Bool { mostBytes == Route.dataBytes }
  /// What it counts as where somebody may ask only so often.
  public var pace: Pace?
  /// Whether it uses the connections kept for what cannot wait: signing in, randomizing, emergencies.
  public var isUrgent: Bool
  /// Whether its answer shows an arm, so that giving it again is on record.
  public var showsArm = false
  /// Whether password and second factor are asked for again before such an answer is given again.
  var isProvedAgain = false
  let handle: @Sendable (Call) async throws -> Answer
  private let parts: [Part]

  /// Method and pattern: what a request key is unique in.
  var operation: String { "\(method) \(pattern)" }

  init(
    _ method: String, _ pattern: String, _ access: Access, _ surface: Surface, _ summary: String,
    body: [BodyMember] = [],
    _ handle: @escaping @Sendable (Call) async throws -> Answer
  ) {
    self.method = method
    self.pattern = pattern
    parts = pattern.split(separator: "/").map { Part($0) }
    self.access = access
    self.surface = surface
    self.summary = summary
    self.body = body
    // Whoever adds a route that changes something gets the key with it, unless told otherwise.
    once = method == "GET" ? .notKeyed : .keyed
    isUrgent =
      access == .waiting || pattern.contains("/sign-in") || pattern.hasPrefix("/api/v1/sessions")
    self.handle = handle
  }

  /// The same route, answered on the threads that speak to the database.
  var brief: Route {
    var route = self
    route.isBrief = true
    return route
  }

  /// The same route, which one person may ask for only so often.
  func paced(_ pace: Pace) -> Route {
    var route = self
    route.pace = pace
    return route
  }

  /// The same route, carried out on the connections kept for what cannot wait.
  var urgent: Route {
    var route = self
    route.isUrgent = true
    return route
  }

  /// The same route under another rule of repetition.
  func once(_ policy: OncePolicy) -> Route {
    var route = self
    route.once = policy
    return route
  }

  /// The same route, which takes files: bodies up to 16 MiB of who is signed in.
  func takingFiles() -> Route {
    var route = self
    route.mostBytes = 16 << 20
    return route
  }

  /// The same route, which takes files of data: bodies up to 64 MiB of who is signed in, one at a time.
  func takingData() -> Route {
    var route = self
    route.mostBytes = Route.dataBytes
    return route
  }

  /// The same route, whose answer shows an arm.
  ///
  /// - Parameter isProvedAgain: whether who repeats the request proves again who it is.
  func showingArm(isProvedAgain: Bool = false) -> Route {
    var route = self
    route.showsArm = true
    route.isProvedAgain = isProvedAgain
    return route
  }

  /// A page that only shows.
  static func page(
    _ pattern: String, _ access: Access, _ summary: String,
    _ handle: @escaping @Sendable (Call) async throws -> Answer
  ) -> Route { Route("GET", pattern, access, .page, summary, handle) }

  /// A form posted by a page.
  static func act(
    _ pattern: String, _ access: Access, _ summary: String,
    _ handle: @escaping @Sendable (Call) async throws -> Answer
  ) -> Route { Route("POST", pattern, access, .page, summary, handle) }

  /// A call of the API.
  static func api(
    _ method: String, _ pattern: String, _ access: Access, _ summary: String,
    body: [BodyMember] = [], _ handle: @escaping @Sendable (Call) async throws -> Answer
  ) -> Route { Route(method, "/api/v1" + pattern, access, .api, summary, body: body, handle) }

  /// What a path must have in common with the pattern to be compared with it.
  var family: RouteFamily { RouteFamily(pattern.split(separator: "/")) }

  /// The parameters when the path is this route's, nil otherwise.
  func match(_ segments: [Substring]) -> [String: String]? {
    guard parts.count == segments.count else { return nil }
    for (part, segment) in zip(parts, segments) {
      if case .literal(let text) = part, text != segment { return nil }
    }
    var found: [String: String] = [:]
    for (part, segment) in zip(parts, segments) {
      guard case .parameter(let name) = part else { continue }
      // Most parameters have nothing to decode, and decoding costs more than all the rest here.
      let isPlain = !segment.utf8.contains(UInt8(ascii: "%"))
      let decoded = isPlain ? String(segment) : FormFields.percentDecoded(segment)
      guard let text = decoded, !text.isEmpty, isPlain || !FormFields.holdsNoCharacter(text)
      else { return nil }
      found[name] = text
    }
    return found
  }

  /// A segment of a pattern, taken apart once: every request is compared with every route.
  private enum Part {
    case literal(Substring)
    case parameter(String)

    init(_ segment: Substring) {
      self =
        segment.hasPrefix("{")
        ? .parameter(String(segment.dropFirst().dropLast())) : .literal(segment)
    }
  }
}

/// The number of segments of a path and its first word, which no pattern leaves open.
struct RouteFamily: Hashable {
  let segments: Int
  let word: Substring

  /// - Parameter segments: of a path or a pattern; an API path's first two are on all of them.
  init(_ segments: [Substring]) {
    self.segments = segments.count
    let isAPI = segments.count > 2 && segments[0] == "api"
    word = isAPI ? segments[2] : segments.first ?? ""
  }
}

/// The routes by family, so that a request is compared with a handful of them.
struct RouteIndex: Sendable {
  private let families: [RouteFamily: [Route]]

  init(_ routes: [Route]) {
    families = Dictionary(grouping: routes, by: \.family)
    precondition(
      families.keys.allSatisfy { !$0.word.hasPrefix("{") }, "a path begins with a word")
  }

  /// The routes of a path with their parameters, whatever the method.
  ///
  /// A literal segment is meant before a parameter: `/desk/{token}/record` before `{form}`, and
  /// instead of it, so that an address takes the methods it is described with and no others.
  func matches(_ path: String) -> [(route: Route, parameters: [String: String])] {
    let segments =
      path == "/" ? [] : path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    // A value that was left out leads nowhere, rather than to what a shorter address means.
    guard !segments.contains("") else { return [] }
    let found = (families[RouteFamily(segments)] ?? [])
      .compactMap { route in route.match(segments).map { (route, $0) } }
    let fewest = found.map(\.1.count).min()
    return found.filter { $0.1.count == fewest }
  }
}
