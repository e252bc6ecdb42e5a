import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// One request on its way to its handler: who asks, for what, with what.
struct Call: Sendable {
  let site: WebSite
  let method: String
  let path: String
  let parameters: [String: String]
  let query: [String: String]
  let form: FormFields
  /// The files a page sends along.
  let uploads: [UploadedFile]
  let json: [UInt8]
  let token: [UInt8]?
  let session: StoredSession?
  var signedIn: Actor?
  let requestKeyHeader: String?
  /// Where it comes from, empty when that is not known.
  let address: String
  /// The name and port this server is asked by.
  let authority: String
  /// What the browser kept while it was at the provider, nil when it was not there.
  let atProvider: [UInt8]?
  /// Whether the role is worked in with a passkey, and none was given.
  var lacksPasskey = false
  /// The request that is carried out, where the route has a key.
  var request: RequestOnce?

  /// The acts; those of a request with a key mark their transactions with it.
  var installation: Installation {
    request.map(site.installation.carryingOut) ?? site.installation
  }

  /// Who asks, 0 without an account.
  var requester: UserID { signedIn?.user ?? 0 }

  /// Who is signed in, also where a route asks for nobody; nil for whoever could not act now.
  func visitor() async throws -> Actor? {
    guard let session, session.isComplete else { return nil }
    do {
      return try await site.installation.actor(of: session)
    } catch let refusal as ActRefusal where refusal == .passkeyNeeded {
      return nil
    }
  }

  /// The actor; a call without one is answered like a page that does not exist.
  var actor: Actor {
    get throws {
      guard let signedIn else { throw ActRefusal.notFound }
      return signedIn
    }
  }

  func parameter(_ name: String) -> String { parameters[name] ?? "" }

  func participant() throws(ActRefusal) -> ParticipantKey {
    guard let key = try? ParticipantKey(parsing: parameter("participant")) else { throw .notFound }
    return key
  }

  func formID() throws(ActRefusal) -> FormID {
    guard let id = try? FormID(parsing: parameter("form")) else { throw .notFound }
    return id
  }

  func visit() throws(ActRefusal) -> VisitCode {
    guard let code = try? VisitCode(parsing: parameter("visit")) else { throw .notFound }
    return code
  }

  /// The day whose form is filled in, where the address names one.
  var formDay: CalendarDate? { query["on"].flatMap { try? CalendarDate(parsing: $0) } }

  func assessmentToken() throws(ActRefusal) -> AssessmentToken {
    guard let token = try? AssessmentToken(parsing: parameter("token")) else { throw .notFound }
    return token
  }

  /// The whole address of a path of this server, as somebody else's device asks for it.
  ///
  /// Of this machine itself a browser takes the unencrypted scheme, as its pages do; everywhere
  /// else the proxy in front answers over https alone.
  func address(of path: String) -> String {
    let name = authority.lowercased()
    let isHere = ["localhost", "127.0.0.1", "[::1]"].contains {
      name == $0 || name.hasPrefix($0 + ":")
    }
    return "\(isHere ? "http" : "https")://\(authority)\(path)"
  }

  /// The anti-forgery token of the session, for the forms of a page.
  var formToken: String { session.map { Hex.text($0.formToken) } ?? "" }

  /// A form's address with the token and a fresh request key.
  func target(_ action: String, version: Int? = nil, token: String? = nil) -> FormTarget {
    FormTarget(
      action: action, token: token ?? formToken, key: Hex.text(installation.random.bytes(16)),
      version: version.map(String.init) ?? "")
  }

  /// The request key: the header of an API call or the hidden field of a page.
  var requestKey: String { requestKeyHeader ?? form["_key"] ?? "" }

  /// The actor after the password given with this act, with or without a second factor, or as freshly
  /// authenticated as before.
  func freshActor() async throws -> Actor {
    let actor = try self.actor
    let password = form["password"] ?? JSONBody(json)?["password"] ?? ""
    guard !password.isEmpty else { return actor }
    let (passkey, code) = (
      try passkeyProof(), form["one_time_code"] ?? JSONBody(json)?["one_time_code"] ?? ""
    )
    try await installation.confirmPassword(
      password, code: code, passkey: passkey, user: actor.user, token: token)
    let isByBoth = !code.isEmpty || passkey != nil
    return Actor(
      user: actor.user, username: actor.username, fullName: actor.fullName, role: actor.role,
      sites: actor.sites, trial: actor.trial, definition: actor.definition,
      authenticatedAt: installation.clock.now,
      secondFactorAt: isByBoth ? installation.clock.now : actor.secondFactorAt,
      session: actor.session)
  }

  /// The actor of a randomization, whose proof of identity is one of its preconditions.
  func randomizingActor() async throws -> Actor {
    do {
      return try await freshActor()
    } catch ActRefusal.authenticationFailed {
      throw try actor.refusalOfProof
    }
  }

  /// Whether the last authentication is fresh, so that a page need not ask for the password.
  var isFresh: Bool { isFresh(signedIn?.authenticatedAt) }

  /// Whether password and second factor are, so that a page need not ask for them.
  var isSecondFactorFresh: Bool { isFresh(signedIn?.secondFactorAt) }

  /// A minute less than counts, for who fills in the page.
  private func isFresh(_ at: UTCInstant?) -> Bool {
    guard let at else { return false }
    return installation.clock.now.seconds(since: at) <= 240
  }
}

extension FormFields {
  /// The boxes and files of a page's body; files only where the route takes them, nil when malformed.
  static func sent(
    _ body: [UInt8], _ contentType: String, _ route: Route
  ) -> (FormFields, [UploadedFile])? {
    guard route.mostBytes > Route.usualBytes,
      let boundary = MultipartBody.boundary(of: contentType)
    else {
      return FormFields(urlEncoded: String(decoding: body, as: UTF8.self)).map { ($0, []) }
    }
    return MultipartBody(body, boundary: boundary).map { (FormFields($0.fields), $0.files) }
  }
}

/// The top level of a JSON body: texts by key.
struct JSONBody {
  private let values: [String: Any]

  init?(_ bytes: [UInt8]) {
    guard let value = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
      return nil
    }
    values = value
  }

  subscript(name: String) -> String? {
    (values[name] as? String).map { GivenText.read($0, of: name) }
  }

  var keys: [String] { values.keys.sorted() }

  func number(_ name: String) -> Int? { values[name] as? Int }

  func truth(_ name: String) -> Bool? { values[name] as? Bool }

  func object(_ name: String) -> [String: Any]? { values[name] as? [String: Any] }
}

/// Bytes as hexadecimal text and back.
enum Hex {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard
        let byte = UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
