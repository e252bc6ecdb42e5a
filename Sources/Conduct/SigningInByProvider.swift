public import OpenIDConnect
import Store
import StudyModel

/// Where a browser goes to sign in at the provider, and what it keeps until it comes back.
public struct ProviderDeparture: Sendable {
  /// The address at the provider.
  public let address: String
  /// What that address begins with: scheme and host.
  public let origin: String
  /// 32 random bytes for a cookie; whoever comes back without them is another browser.
  public let browser: [UInt8]
}

/// A browser that came back from the provider.
public struct ProviderReturn: Sendable {
  let answer: ProviderAnswer
  let browser: [UInt8]
  let place: ProviderPlace

  /// Takes what came back: the answer, what the browser kept, and where it was asked.
  public init(_ answer: ProviderAnswer, browser: [UInt8], at place: ProviderPlace) {
    self.answer = answer
    self.browser = browser
    self.place = place
  }
}

/// This server as a browser asks it, and the provider sends it back.
public struct ProviderPlace: Sendable, Equatable {
  /// Name and port.
  let authority: String
  /// The page the provider sends the browser back to.
  let returning: String

  /// - Parameter authority: the host with its port, as the request names it, already known as one of ours.
  public init(authority: String) {
    self.authority = authority.lowercased()
    let host = authority.hasPrefix("[") ? "[::1]" : String(self.authority.prefix { $0 != ":" })
    let scheme = ProviderAddress.isLoopback(host) ? "http" : "https"
    returning = "\(scheme)://\(self.authority)/sign-in/provider/return"
  }
}

extension ActRefusal {
  /// Nothing that came back from the provider held: the same words for every cause.
  public static func notByProvider(_ name: String) -> ActRefusal {
    .notNow(
      code: "provider_refused",
      sentence: "Signing in with \(name) did not succeed. Begin again, or give your password.")
  }

  /// The provider cannot be asked.
  public static func providerSilent(_ name: String) -> ActRefusal {
    .notNow(
      code: "provider_silent",
      sentence: "\(name) does not answer. Give your password, or try again shortly.")
  }
}

extension Installation {
  func needProvider() throws(ActRefusal) -> OpenIDProvider {
    guard let provider else { throw .notFound }
    return provider
  }

  /// The seconds a provider's times are compared with: never those of a simulated trial.
  private var providerTime: Int64 { SystemClock().now.microsecondsSince1970 / 1_000_000 }

  /// Sends a browser to the provider, to give its word in the place of the password.
  ///
  /// - Throws: `notFound` without a provider, `notNow` when it does not answer.
  public func beginSignIn(at place: ProviderPlace) async throws -> ProviderDeparture {
    try await depart(from: place, linking: nil)
  }

  /// Takes the word of the provider for the password, and opens a session that waits for the second factor.
  ///
  /// - Parameter address: where it comes from, empty when that is not known.
  /// - Throws: one refusal for everything that does not hold: a browser, a state or a token that is not the
  ///   one, a person nobody is linked with, an account that is disabled or waits.
  public func signIn(
    returning back: ProviderReturn, from address: String = ""
  ) async throws -> OpenedSession {
    let provider = try needProvider()
    let subject: [UInt8]
    do {
      subject = try await self.subject(of: back, linking: nil)
    } catch let refusal as ProviderRefusal {
      try await noteRefused(refusal.rawValue, from: address)
      throw ActRefusal.notByProvider(provider.settings.name)
    }
    let issuer = provider.settings.issuer.text
    let opened = OpenedSession(token: random.bytes(32), formToken: random.bytes(32))
    let isOpen = try await access { session in
      guard let user = try session.person(at: issuer, subjectDigest: subject),
        let account = try session.account(user)
      else {
        try session.noteRefused("nobody is linked with the account there", from: address)
        return false
      }
      guard try session.judgeSignIn(of: account, from: address, isRight: true) else {
        return false
      }
      return try session.openSession(
        at: issuer, subjectDigest: subject, tokenHash: sha256(opened.token),
        formToken: opened.formToken)
    }
    guard isOpen else { throw ActRefusal.notByProvider(provider.settings.name) }
    return opened
  }

  /// Keeps that a browser leaves, and tells where it goes.
  func depart(
    from place: ProviderPlace, linking session: [UInt8]?
  ) async throws -> ProviderDeparture {
    let provider = try needProvider()
    let browser = random.bytes(32)
    let secrets = FlowSecrets(browser: browser, session == nil ? .signIn : .link)
    let way: (address: String, origin: String)
    do {
      way = try await provider.departure(
        secrets, returning: place.returning, now: providerTime)
    } catch {
      try await access { try $0.noteSilentProvider(error.rawValue) }
      throw ActRefusal.providerSilent(provider.settings.name)
    }
    let flow = flow(secrets, browser: browser, at: place, linking: session)
    try await access { try $0.begin(flow) }
    return ProviderDeparture(address: way.address, origin: way.origin, browser: browser)
  }

  /// The digest of who came back, once everything holds.
  func subject(of back: ProviderReturn, linking session: [UInt8]?) async throws -> [UInt8] {
    let provider = try needProvider()
    let secrets = FlowSecrets(browser: back.browser, session == nil ? .signIn : .link)
    // Taken before the provider is asked: a way back is gone once, whatever is found at its end.
    let flow = ProviderFlow(
      stateDigest: sha256(back.answer.state), browserDigest: sha256(back.browser),
      sessionDigest: session, server: back.place.authority)
    guard try await access({ try $0.take(flow) }), secrets.state == back.answer.state else {
      throw ProviderRefusal.unknownFlow
    }
    let name = try await provider.subject(
      of: back.answer, secrets, returning: back.place.returning, now: providerTime)
    return sha256("provider\n\(provider.settings.issuer.text)\n\(name)")
  }

  /// Puts on record why nobody came in, for administrators; who asked reads one sentence.
  func noteRefused(_ reason: String, from address: String) async throws {
    try await access { try $0.noteRefused(reason, from: address) }
  }

  private func flow(
    _ secrets: FlowSecrets, browser: [UInt8], at place: ProviderPlace, linking session: [UInt8]?
  ) -> ProviderFlow {
    ProviderFlow(
      stateDigest: sha256(secrets.state), browserDigest: sha256(browser), sessionDigest: session,
      server: place.authority)
  }
}

extension Session {
  /// Counts it by its address like a wrong password, and records the cause.
  fileprivate func noteRefused(_ reason: String, from address: String) throws(StoreError) {
    try recordEvent("provider sign-in refused", subject: "", user: nil, detail: reason)
    _ = try judgeSignIn(of: nil, name: "", from: address, isRight: false)
  }
}
