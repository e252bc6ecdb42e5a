public import Conduct
import Crypto
import Foundation
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore
import Pages
import Store
import StudyModel

/// The server's pages and API over an installation.
public struct WebSite: Sendable {
  let installation: Installation
  let isTraining: Bool
  let trainingPassword: String
  let assets: [String: [UInt8]]
  private let routes: RouteIndex
  let hosts: HostNames
  let logger: Logger
  let gate: RequestGate
  let refusals: RefusalLog

  /// Makes the site.
  ///
  /// - Parameters:
  ///   - trainingPassword: the password of the training sign-ins, nil for a live server.
  ///   - publicHosts: the names people ask it by, beside those of this machine itself.
  ///   - limits: how much one address or one person may ask for.
  public init(
    _ installation: Installation, trainingPassword: String?, publicHosts: [String] = [],
    limits: RequestLimits = .usual, logger: Logger
  ) {
    gate = RequestGate(limits)
    refusals = RefusalLog(logger, most: limits.refusalsTold)
    self.installation = installation
    hosts = HostNames(publicHosts)
    isTraining = trainingPassword != nil
    self.trainingPassword = trainingPassword ?? ""
    self.logger = logger
    assets = Dictionary(uniqueKeysWithValues: EmbeddedAssets.all.map { ($0.name, $0.bytes) })
    routes = RouteIndex(RouteTable.all)
  }

  /// The responder for the HTTP server.
  public func responder<Context: Hummingbird.RequestContext>() -> CallbackResponder<Context> {
    CallbackResponder { request, _ in await respond(to: request) }
  }

  private func respond(to request: Request) async -> Response {
    let number = RequestNumber(installation.random)
    return await RequestNumber.$current.withValue(number) {
      await RequestMark.$current.withValue(number.text) { await numbered(request) }
    }
  }

  private func numbered(_ request: Request) async -> Response {
    let path = request.uri.path
    let isAPI = path.hasPrefix("/api/")
    let isHead = request.method == .head
    do {
      let address = ClientAddress.text(of: request)
      return try await gate.counting(address.isEmpty ? nil : .address(address)) {
        try await answer(request, path: path, isAPI: isAPI)
      }.response(isHeadOnly: isHead)
    } catch let closed as RequestGate.Closed {
      refusals.tell(.tooMany)
      return Refusals.tooMany(closed, isAPI: isAPI, plainFrame).response(isHeadOnly: isHead)
    } catch let refusal as ActRefusal {
      return Refusals.answer(refusal, isAPI: isAPI, frame: plainFrame).response(isHeadOnly: isHead)
    } catch {
      let number = RequestNumber.current?.text ?? ""
      // The kind of fault only: no statement, value or identity reaches the log.
      logger.error("request \(number) failed: \(type(of: error)) \(Refusals.kind(of: error))")
      return Refusals.failure(
        number: number, isReading: request.method == .get, isAPI: isAPI, frame: plainFrame
      ).response(isHeadOnly: isHead)
    }
  }

  private func answer(_ request: Request, path: String, isAPI: Bool) async throws -> Answer {
    // What is asked of the head of an answer is what is asked of the answer.
    let method = request.method == .head ? "GET" : request.method.rawValue
    guard RequestHead.isWithinBounds(request) else {
      refusals.tell(.headTooLarge)
      return Refusals.headTooLarge(isAPI: isAPI, plainFrame)
    }
    guard hosts.contains(request.head.authority ?? "") else {
      refusals.tell(.foreignHost)
      return Refusals.foreignHost(isAPI: isAPI, plainFrame)
    }
    guard !ClientAddress.isUnencrypted(request) else {
      refusals.tell(.unencrypted)
      return Refusals.unencrypted(isAPI: isAPI, plainFrame)
    }
    guard RequestHead.methods.contains(method) else {
      return Refusals.methodNotAllowed(isAPI: isAPI, plainFrame)
    }
    if path.hasPrefix("/assets/") {
      guard method == "GET" else {
        return Refusals.methodNotAllowed(isAPI: isAPI, plainFrame, allowed: ["GET"])
      }
      return asset(path)
    }
    guard path.utf8.count <= 2048 else { return Refusals.notFound(isAPI: isAPI, plainFrame) }
    let candidates = routes.matches(path)
    guard !candidates.isEmpty else {
      return try await Refusals.notFound(
        isAPI: isAPI, isAPI ? plainFrame : frame(for: request))
    }
    guard let (route, parameters) = candidates.first(where: { $0.0.method == method }) else {
      return Refusals.methodNotAllowed(
        isAPI: isAPI, plainFrame, allowed: candidates.map(\.0.method))
    }
    return try await Urgency.$isUrgent.withValue(route.isUrgent) {
      guard route.isBrief else { return try await serve(request, route, parameters) }
      return try await withTaskExecutorPreference(installation.store.crew) {
        try await serve(request, route, parameters)
      }
    }
  }

  /// The frame of a page where nothing is, for who is signed in; the plain one for strangers.
  private func frame(for request: Request) async throws -> PageFrame {
    let credentials = Credentials(request)
    guard let token = credentials.token,
      let session = try await installation.session(token: token), session.isComplete
    else { return plainFrame }
    var call = Call(
      site: self, method: request.method.rawValue, path: request.uri.path, parameters: [:],
      query: [:], form: FormFields(), uploads: [], json: [], token: token, session: session,
      signedIn: nil, requestKeyHeader: nil, address: ClientAddress.text(of: request),
      authority: request.head.authority ?? "", atProvider: nil)
    call.signedIn = try await call.visitor()
    return frame(for: call)
  }

  private func serve(
    _ request: Request, _ route: Route, _ parameters: [String: String]
  ) async throws -> Answer {
    let isAPI = route.surface == .api
    let credentials = Credentials(request)
    let query = Dictionary(
      request.uri.queryParameters.map { (String($0.key), String($0.value)) },
      uniquingKeysWith: { first, _ in first })
    guard !query.values.contains(where: FormFields.holdsNoCharacter) else {
      return Refusals.badRequest(isAPI: isAPI, plainFrame)
    }
    let session =
      credentials.token == nil
      ? nil : try await installation.session(token: credentials.token ?? [])
    let person = session?.user
    return try await gate.counting(person.map { .person($0) }) {
      try await gate.counting(route.takesData ? person.map { .importer($0) } : nil) {
        try await serve(request, route, parameters, credentials, session, query)
      }
    }
  }

  private func serve(
    _ request: Request, _ route: Route, _ parameters: [String: String],
    _ credentials: Credentials, _ session: StoredSession?, _ query: [String: String]
  ) async throws -> Answer {
    let (method, path, isAPI) = (route.method, request.uri.path, route.surface == .api)
    let body = try await body(of: request, most: try await mostBytes(of: route, session))
    var (form, uploads) = (FormFields(), [UploadedFile]())
    if route.surface == .page, method == "POST" {
      guard let sent = FormFields.sent(body, request.headers[.contentType] ?? "", route) else {
        refusals.tell(.malformed, route: route, person: session?.user)
        return Refusals.badRequest(isAPI: isAPI, plainFrame)
      }
      (form, uploads) = sent
    }
    // A page of somebody else can send a form or plain text without asking, and nothing else.
    if isAPI, method != "GET", !RequestHead.isJSON(request.headers[.contentType] ?? "") {
      refusals.tell(.malformed, route: route, person: session?.user)
      return Refusals.notJSON()
    }
    if method != "GET", !isTrusted(request, credentials, session, form, route) {
      refusals.tell(.crossSite, route: route, person: session?.user)
      return Refusals.crossSite(isAPI: isAPI, plainFrame)
    }
    var call = Call(
      site: self, method: method, path: path, parameters: parameters,
      query: query, form: form, uploads: uploads, json: isAPI ? body : [],
      token: credentials.token, session: session, signedIn: nil,
      requestKeyHeader: HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] },
      address: ClientAddress.text(of: request), authority: request.head.authority ?? "",
      atProvider: credentials.atProvider)
    // Who sends a form or holds a session's secret was signed in.
    let isOver = session == nil && (method == "POST" || credentials.token != nil)
    switch route.access {
    case .everybody: break
    case .waiting:
      guard let session, !session.isComplete else { return signInFirst(isAPI, request, false) }
    case .signedIn:
      guard let session, session.isComplete else { return signInFirst(isAPI, request, isOver) }
      do {
        call.signedIn = try await installation.actor(of: session)
      } catch let refusal as ActRefusal where refusal == .passkeyNeeded {
        // One's own account is where a passkey is added.
        call.lacksPasskey = true
      }
    case .anyOf, .blinded:
      guard let session, session.isComplete else { return signInFirst(isAPI, request, isOver) }
      let actor = try await installation.actor(of: session)
      // Who may not go there is shown the same as where nothing is: within the own frame.
      call.signedIn = actor
      guard let actor, route.access.admits(actor.role) else {
        refusals.tell(.noRight, route: route, person: session.user)
        try await installation.noteRefusal(of: route.operation, to: session)
        return Refusals.notFound(isAPI: isAPI, frame(for: call))
      }
    }
    // Judged last: who may not ask learns nothing of what a route takes.
    if isAPI, method != "GET", let fault = JSONShape.fault(in: body, route.body) {
      refusals.tell(.malformed, route: route, person: session?.user)
      return Refusals.json(status: 400, code: "bad_request", sentence: fault)
    }
    // Only who may ask is counted, so that the bound tells nobody of a route.
    if let pace = route.pace, let user = session?.user { try gate.take(pace, by: user) }
    do {
      return try await handle(route, call)
    } catch let refusal as ActRefusal {
      return Refusals.answer(
        refusal, isAPI: isAPI, isReading: method == "GET", frame: frame(for: call))
    }
  }

  /// Strangers, and who may not use a route that takes files, send no more than a form holds.
  private func mostBytes(of route: Route, _ session: StoredSession?) async throws -> Int {
    guard route.mostBytes > Route.usualBytes, let session, session.isComplete,
      let actor = try? await installation.actor(of: session), route.access.admits(actor.role)
    else { return Route.usualBytes }
    return route.mostBytes
  }

  private func body(of request: Request, most: Int) async throws -> [UInt8] {
    // Taken piece by piece: one that is too large is refused before the rest of it comes.
    func refused(_ code: String, _ sentence: String) -> ActRefusal {
      .invalid([Fault(code: code, sentence: sentence + " Nothing was changed.")])
    }
    var body: [UInt8] = []
    do {
      for try await piece in request.body {
        guard body.count + piece.readableBytes <= most else {
          throw refused("too_large", "A request may hold at most \(most >> 20) MiB.")
        }
        body.append(contentsOf: piece.readableBytesView)
      }
    } catch let refusal as ActRefusal {
      throw refusal
    } catch {
      throw refused("cut_off", "The request ended before it was whole.")
    }
    return body
  }

  private func asset(_ path: String) -> Answer {
    let name = String(path.dropFirst("/assets/".count))
    guard let bytes = assets[name] else { return Refusals.notFound(isAPI: false, plainFrame) }
    let type = name.hasSuffix(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
    return Answer(status: 200, type: type, body: bytes)
  }

  /// The sign-in page, which leads back to where the request wanted to go.
  ///
  /// - Parameter isOver: whether somebody was signed in; the page says that this ended.
  private func signInFirst(_ isAPI: Bool, _ request: Request, _ isOver: Bool) -> Answer {
    guard !isAPI else {
      return Refusals.json(status: 401, code: "sign_in_first", sentence: "Sign in first.")
    }
    let back = ReturnAddress(
      path: request.uri.path, query: request.method == .get ? request.uri.query : nil)
    let query = [isOver ? "note=session-over" : nil, back?.query].compactMap(\.self)
    return .see("/sign-in" + (query.isEmpty ? "" : "?" + query.joined(separator: "&")))
  }

  /// A state change comes from our own page or from a program that holds the session's secret.
  private func isTrusted(
    _ request: Request, _ credentials: Credentials, _ session: StoredSession?,
    _ form: FormFields, _ route: Route
  ) -> Bool {
    let isOurs: Bool
    if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }) {
      isOurs = site == "same-origin"
    } else if let origin = request.headers[.origin] {
      let host = request.head.authority ?? ""
      isOurs = origin == "http://\(host)" || origin == "https://\(host)"
    } else {
      // No browser sent it: a program, which has no cookie that others could use.
      isOurs = route.surface == .api && (credentials.isBearer || route.access == .everybody)
    }
    guard isOurs else { return false }
    if credentials.isBearer { return route.surface == .api }
    guard route.access != .everybody else { return true }
    guard let session else { return true }
    let given =
      form["_token"] ?? HTTPField.Name("X-Equipoise-Token").flatMap { request.headers[$0] } ?? ""
    let expected = Hex.text(session.formToken)
    return given.utf8.count == expected.utf8.count
      && zip(given.utf8, expected.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// The frame of pages shown to somebody not signed in.
  var plainFrame: PageFrame { PageFrame(study: "Equipoise", isTraining: isTraining) }
}

/// What a request proves itself with.
struct Credentials {
  let token: [UInt8]?
  let isBearer: Bool
  /// What the browser kept while it was at the provider.
  let atProvider: [UInt8]?

  static let cookieName = "__Host-eq"
  static let providerCookieName = "__Host-eq-provider"

  init(_ request: Request) {
    if let header = request.headers[.authorization], header.hasPrefix("Bearer ") {
      token = Hex.bytes(String(header.dropFirst(7)))
      isBearer = true
      atProvider = nil
      return
    }
    isBearer = false
    let cookies = Cookies(request.headers[values: .cookie])
    token = cookies[Self.cookieName].flatMap(Hex.bytes)
    atProvider = cookies[Self.providerCookieName].flatMap(Hex.bytes)
  }
}
