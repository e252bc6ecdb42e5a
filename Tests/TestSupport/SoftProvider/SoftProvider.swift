import Crypto
import Foundation
public import OpenIDConnect
import Passkeys
import Synchronization

/// An invented provider, which is asked in memory: it keeps to the standard until a test says otherwise.
public final class SoftProvider: ProviderTransport {
  /// What a test may change.
  public struct Habits: Sendable {
    /// What is done to the document before it is handed over.
    public var document: @Sendable (String) -> String = { $0 }
    /// What is done to each token before it is signed.
    public var token: @Sendable (inout SoftToken) -> Void = { _ in }
    /// The names of the keys.
    public var keyNames = (ec: "ec-1", rsa: "rsa-1")
    /// What it answers instead.
    public var fault: ProviderRefusal?
  }

  private struct Question: Sendable {
    let challenge: String
    let nonce: String
    let returning: String
    let subject: String
  }

  private struct State: Sendable {
    var habits = Habits()
    var questions: [String: Question] = [:]
    var asked: [String] = []
  }

  /// What it agreed on with the server.
  public let settings: ProviderSettings
  private let issuer: String
  private let keys: SoftKeys
  private let state = Mutex(State())
  private static let secret = "a secret & nothing else"

  /// Makes a provider with keys of its own.
  public init(issuer: String = "https://login.example.org/hospital") throws {
    self.issuer = issuer
    guard let address = ProviderAddress(issuer) else { throw ProviderRefusal.malformed }
    settings = ProviderSettings(
      issuer: address, client: "equipoise-test", secret: Self.secret, name: "Lindenhof")
    keys = try SoftKeys()
  }

  /// Changes how it answers.
  public func change(_ change: @Sendable (inout Habits) -> Void) {
    state.withLock { change(&$0.habits) }
  }

  /// The addresses it was asked at, in order.
  public var asked: [String] { state.withLock { $0.asked } }

  /// A person signs in at the address a browser was sent to; what the browser brings back.
  public func visit(_ address: String, as subject: String) -> ProviderAnswer {
    let parts = URLComponents(string: address)?.queryItems ?? []
    let query = Dictionary(
      parts.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
    guard address.hasPrefix(issuer + "/authorize?"), query["client_id"] == settings.client,
      query["response_type"] == "code", query["code_challenge_method"] == "S256",
      query["scope"] == "openid", query["prompt"] == "login",
      let challenge = query["code_challenge"],
      let nonce = query["nonce"], let returning = query["redirect_uri"], let known = query["state"]
    else { return ProviderAnswer(state: query["state"] ?? "", code: "") }
    let code = Base64URL.text(Array(SHA256.hash(data: Array((address + subject).utf8))))
    state.withLock {
      $0.questions[code] = Question(
        challenge: challenge, nonce: nonce, returning: returning, subject: subject)
    }
    return ProviderAnswer(state: known, code: code, issuer: issuer)
  }

  /// Answers as a provider does.
  public func ask(_ request: ProviderRequest) async throws(ProviderRefusal) -> [UInt8] {
    let habits = state.withLock { state in
      state.asked.append(request.address.text)
      return state.habits
    }
    if let fault = habits.fault { throw fault }
    switch (request.address.text, request.form) {
    case (issuer + "/.well-known/openid-configuration", nil):
      return Array(habits.document(document).utf8)
    case (issuer + "/keys", nil):
      guard let set = try? keys.set(of: habits.keyNames) else { throw .malformed }
      return Array(set.utf8)
    case (issuer + "/token", let form?):
      guard let token = exchange(form, request.authorization, habits) else { throw .refusing }
      return Array(#"{"token_type":"Bearer","access_token":"a","id_token":"\#(token)"}"#.utf8)
    default: throw .refusing
    }
  }

  private var document: String {
    """
    {"issuer":"\(issuer)","authorization_endpoint":"\(issuer)/authorize","token_endpoint":"\(issuer)/token",
     "jwks_uri":"\(issuer)/keys","response_types_supported":["code","id_token"],
     "code_challenge_methods_supported":["plain","S256"],"id_token_signing_alg_values_supported":["ES256","HS256"],
     "token_endpoint_auth_methods_supported":["client_secret_basic"],"claims_supported":["email"]}
    """
  }

  /// A code is good once, for who asked for it.
  private func exchange(_ form: [UInt8], _ authorization: String, _ habits: Habits) -> String? {
    let parts = URLComponents(string: "?" + String(decoding: form, as: UTF8.self))?.queryItems ?? []
    let sent = Dictionary(
      parts.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
    let basic = Data("equipoise-test:a%20secret%20%26%20nothing%20else".utf8).base64EncodedString()
    guard authorization == "Basic \(basic)", sent["grant_type"] == "authorization_code",
      let code = sent["code"],
      let question = state.withLock({ $0.questions.removeValue(forKey: code) }),
      question.returning == sent["redirect_uri"], let verifier = sent["code_verifier"],
      Base64URL.text(Array(SHA256.hash(data: Array(verifier.utf8)))) == question.challenge
    else { return nil }
    var token = SoftToken(
      issuer: issuer, client: settings.client, subject: question.subject, nonce: question.nonce,
      now: Int64(Date().timeIntervalSince1970))
    habits.token(&token)
    return token.text(keys)
  }
}
