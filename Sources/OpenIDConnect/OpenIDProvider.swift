import Foundation

/// What a browser brings back from a provider.
public struct ProviderAnswer: Sendable {
  /// The state it was sent with.
  public let state: String
  /// The code, empty when the provider refused.
  public let code: String
  /// The issuer that answers, where it says so (RFC 9207).
  public let issuer: String?

  /// Takes what came back.
  public init(state: String, code: String, issuer: String? = nil) {
    self.state = state
    self.code = code
    self.issuer = issuer
  }
}

/// A provider of sign-ins: where browsers are sent, and who came back.
public actor OpenIDProvider {
  /// What was agreed on.
  public nonisolated let settings: ProviderSettings
  private let transport: any ProviderTransport
  private var document: (value: ProviderDocument, readAt: Int64)?
  private var failure: (cause: ProviderRefusal, at: Int64)?
  private var keys: (value: ProviderKeys, readAt: Int64)?

  /// How long document and keys are kept, in seconds.
  static let keptFor: Int64 = 3600
  /// How long a document that could not be read is not asked for again, in seconds.
  static let pauseAfterFailure: Int64 = 5
  /// How often keys are read again because a token names an unknown one, in seconds.
  static let pauseBetweenKeys: Int64 = 60

  /// Makes a provider that is asked through a transport; nothing is asked yet.
  public init(_ settings: ProviderSettings, through transport: any ProviderTransport) {
    self.settings = settings
    self.transport = transport
  }

  /// Where a browser is sent to sign in.
  ///
  /// - Parameters:
  ///   - returning: the address of this server that it comes back to.
  ///   - now: seconds since 1970.
  public func departure(
    _ secrets: FlowSecrets, returning: String, now: Int64
  ) async throws(ProviderRefusal) -> (address: String, origin: String) {
    let address = try await document(now: now).authorization
    let query = FormText.text([
      ("response_type", "code"), ("client_id", settings.client), ("redirect_uri", returning),
      ("scope", "openid"), ("state", secrets.state), ("nonce", secrets.nonce),
      ("code_challenge", secrets.challenge), ("code_challenge_method", "S256"),
      // The provider asks its person again: somebody else may sit at the same desk now.
      ("prompt", "login"),
    ])
    return ("\(address.text)\(address.hasQuery ? "&" : "?")\(query)", address.origin)
  }

  /// Exchanges the code of an answer, and gives the person the provider names.
  public func subject(
    of answer: ProviderAnswer, _ secrets: FlowSecrets, returning: String, now: Int64
  ) async throws(ProviderRefusal) -> String {
    guard answer.issuer ?? settings.issuer.text == settings.issuer.text else {
      throw .foreignAnswer
    }
    guard !answer.code.isEmpty else { throw .noCode }
    let document = try await document(now: now)
    let token = try await exchange(answer.code, secrets, returning: returning, at: document)
    let expected = TokenExpectation(
      issuer: settings.issuer.text, client: settings.client, nonce: secrets.nonce, now: now)
    do {
      return try await token.subject(signedBy: try await keys(document, now: now), expected)
    } catch .unknownKey {
      // Providers change keys; how often that is looked for does not depend on who sends tokens.
      guard let read = keys?.readAt, now - read >= Self.pauseBetweenKeys else {
        throw .unknownKey
      }
      keys = nil
      return try await token.subject(signedBy: try await keys(document, now: now), expected)
    }
  }

  private func exchange(
    _ code: String, _ secrets: FlowSecrets, returning: String, at document: ProviderDocument
  ) async throws(ProviderRefusal) -> IDToken {
    var form = [
      ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", returning),
      ("code_verifier", secrets.verifier),
    ]
    var authorization = ""
    if document.takesSecretInForm {
      form += [("client_id", settings.client), ("client_secret", settings.secret)]
    } else {
      let pair = "\(FormText.escaped(settings.client)):\(FormText.escaped(settings.secret))"
      authorization = "Basic " + Data(pair.utf8).base64EncodedString()
    }
    let answer = try await transport.ask(
      ProviderRequest(
        document.token, form: FormText.text(form), authorization: authorization))
    struct Written: Decodable {
      let token: String

      private enum CodingKeys: String, CodingKey { case token = "id_token" }
    }
    guard let written = try? JSONDecoder().decode(Written.self, from: Data(answer)) else {
      throw .malformed
    }
    return try IDToken(written.token)
  }

  private func document(now: Int64) async throws(ProviderRefusal) -> ProviderDocument {
    if let document, now - document.readAt < Self.keptFor { return document.value }
    // Strangers begin sign-ins too: they do not decide how often a provider that fails is asked.
    if let failure, now - failure.at < Self.pauseAfterFailure { throw failure.cause }
    do {
      let address = try ProviderDocument.address(of: settings.issuer)
      let read = try ProviderDocument(
        reading: try await transport.ask(ProviderRequest(address)), issuer: settings.issuer)
      (document, failure) = ((read, now), nil)
      return read
    } catch {
      failure = (error, now)
      throw error
    }
  }

  private func keys(
    _ document: ProviderDocument, now: Int64
  ) async throws(ProviderRefusal) -> ProviderKeys {
    if let keys, now - keys.readAt < Self.keptFor { return keys.value }
    let read = try ProviderKeys(
      reading: try await transport.ask(ProviderRequest(document.keys)))
    keys = (read, now)
    return read
  }
}
