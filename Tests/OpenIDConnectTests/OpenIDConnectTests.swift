import Foundation
import SoftProvider
import Testing

@testable import OpenIDConnect

/// What a provider says, as it should be and in every way it should not.
@Suite struct OpenIDConnectTests {
  private static let returning = "https://trial.example.org/sign-in/provider/return"
  private static var now: Int64 { Int64(Date().timeIntervalSince1970) }
  private static let browser: [UInt8] = (0..<32).map { UInt8($0) }

  /// Leaves for the provider and comes back as a person; the person the provider names.
  private static func come(
    back provider: OpenIDProvider, _ soft: SoftProvider, as subject: String = "a person",
    browser: [UInt8] = browser, at now: Int64 = now
  ) async throws -> String {
    let secrets = FlowSecrets(browser: browser, .signIn)
    let address = try await provider.departure(secrets, returning: returning, now: now).address
    return try await provider.subject(
      of: soft.visit(address, as: subject), secrets, returning: returning, now: now)
  }

  private static func refusal(
    _ act: () async throws -> some Sendable
  ) async -> ProviderRefusal? {
    do {
      _ = try await act()
      return nil
    } catch { return error as? ProviderRefusal }
  }

  /// A change of one thing, and what it is refused as.
  struct Forgery: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let refusal: ProviderRefusal
    let change: @Sendable (inout SoftToken) -> Void

    init(
      _ words: String, _ refusal: ProviderRefusal,
      _ change: @escaping @Sendable (inout SoftToken) -> Void
    ) {
      testDescription = words
      self.refusal = refusal
      self.change = change
    }
  }

  static let forgeries = [
    Forgery("another issuer", .wrongIssuer) { $0.claims["iss"] = #""https://login.example.org""# },
    Forgery("an issuer with a slash more", .wrongIssuer) {
      $0.claims["iss"] = #""https://login.example.org/hospital/""#
    },
    Forgery("no issuer", .malformed) { $0.claims["iss"] = nil },
    Forgery("for another server", .wrongAudience) { $0.claims["aud"] = #""other""# },
    Forgery("for this server and another", .wrongAudience) {
      $0.claims["aud"] = #"["equipoise-test","other"]"#
    },
    Forgery("for nobody", .wrongAudience) { $0.claims["aud"] = "[]" },
    Forgery("given to another party", .wrongAudience) { $0.claims["azp"] = #""other""# },
    Forgery("run out", .expired) { $0.claims["exp"] = "\(now - 61)" },
    Forgery("that never runs out", .malformed) { $0.claims["exp"] = nil },
    Forgery("written tomorrow", .wrongTime) { $0.claims["iat"] = "\(now + 120)" },
    Forgery("written long ago", .wrongTime) { $0.claims["iat"] = "\(now - 700)" },
    Forgery("not good yet", .wrongTime) { $0.claims["nbf"] = "\(now + 120)" },
    Forgery("with another nonce", .wrongNonce) { $0.claims["nonce"] = #""other""# },
    Forgery("without nonce", .wrongNonce) { $0.claims["nonce"] = nil },
    Forgery("of a sign-in an hour ago", .staleSignIn) { $0.claims["auth_time"] = "\(now - 3600)" },
    Forgery("of nobody", .noSubject) { $0.claims["sub"] = #""""# },
    Forgery("of a very long name", .noSubject) {
      $0.claims["sub"] = "\"\(String(repeating: "a", count: 256))\""
    },
    Forgery("without a person", .malformed) { $0.claims["sub"] = nil },
    Forgery("not signed", .wrongAlgorithm) {
      ($0.header["alg"], $0.signer) = (#""none""#, .nobody)
    },
    Forgery("not signed, and says otherwise", .wrongSignature) { $0.signer = .nobody },
    Forgery("signed with a public key as secret", .wrongAlgorithm) {
      ($0.header["alg"], $0.header["kid"], $0.signer) = (
        #""HS256""#, #""rsa-1""#, .publicKeyAsSecret
      )
    },
    Forgery("signed with a public key as secret, and says otherwise", .wrongSignature) {
      ($0.header["alg"], $0.header["kid"], $0.signer) = (
        #""RS256""#, #""rsa-1""#, .publicKeyAsSecret
      )
    },
    Forgery("signed by somebody else", .wrongSignature) { $0.signer = .stranger },
    Forgery("signed by the key of another way", .unknownKey) { $0.header["kid"] = #""rsa-1""# },
    Forgery("signed by an unknown key", .unknownKey) { $0.header["kid"] = #""ec-2""# },
    Forgery("with a way of signing that is not taken", .wrongAlgorithm) {
      ($0.header["alg"], $0.header["kid"], $0.signer) = (#""PS256""#, #""rsa-1""#, .rs256)
    },
    Forgery("with an extension that must be understood", .malformed) {
      $0.header["crit"] = #"["exp"]"#
    },
    Forgery("that is encrypted", .malformed) { $0.header["enc"] = #""A128GCM""# },
    Forgery("whose key comes with it", .unknownKey) {
      $0.header["kid"] = #""mine""#
      $0.header["jwk"] = #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#
      $0.signer = .stranger
    },
    Forgery("with a claim changed afterwards", .wrongSignature) { token in
      token.afterwards = { text in
        var parts = text.split(separator: ".").map(String.init)
        parts[1] =
          SoftToken(
            issuer: "https://login.example.org/hospital", client: "equipoise-test",
            subject: "another", nonce: "n", now: now
          ).claimsText
        return parts.joined(separator: ".")
      }
    },
    Forgery("with a part more", .malformed) { $0.afterwards = { $0 + ".AA" } },
    Forgery("with padding", .malformed) { $0.afterwards = { $0 + "=" } },
    Forgery("of one part", .malformed) { $0.afterwards = { String($0.prefix { $0 != "." }) } },
    Forgery("longer than a token is", .malformed) {
      $0.claims["groups"] = "\"\(String(repeating: "a", count: 20_000))\""
    },
  ]

  @Test func `REQ-052: a person who comes back in order is the one the provider names`()
    async throws
  {
    let soft = try SoftProvider()
    let provider = OpenIDProvider(soft.settings, through: soft)
    #expect(try await Self.come(back: provider, soft) == "a person")
    soft.change {
      $0.token = {
        $0.signer = .rs256; $0.header["alg"] = #""RS256""#; $0.header["kid"] = #""rsa-1""#
      }
    }
    #expect(try await Self.come(back: provider, soft, as: "another") == "another")
    // Names of keys may be left out where there is one of the kind; several names of this server, too, are one.
    soft.change {
      $0.token = {
        $0.header["kid"] = nil
        $0.claims["aud"] = #"["equipoise-test"]"#
        $0.claims["azp"] = #""equipoise-test""#
        $0.claims["auth_time"] = "\(Self.now - 30)"
        $0.claims["email"] = #""somebody@example.org""#
      }
    }
    #expect(try await Self.come(back: provider, soft) == "a person")
    // Document and keys are read once, the token each time.
    #expect(soft.asked.filter { $0.hasSuffix("openid-configuration") }.count == 1)
    #expect(soft.asked.filter { $0.hasSuffix("keys") }.count == 1)
    #expect(soft.asked.filter { $0.hasSuffix("token") }.count == 3)
  }

  @Test(arguments: forgeries)
  func `REQ-052: a token that differs in one thing names nobody`(_ forgery: Forgery) async throws {
    let soft = try SoftProvider()
    soft.change { $0.token = forgery.change }
    let provider = OpenIDProvider(soft.settings, through: soft)
    #expect(await Self.refusal { try await Self.come(back: provider, soft) } == forgery.refusal)
  }

  @Test func `REQ-052: a code is given with the verifier of the browser that asked, once`()
    async throws
  {
    let soft = try SoftProvider()
    let provider = OpenIDProvider(soft.settings, through: soft)
    let mine = FlowSecrets(browser: Self.browser, .signIn)
    let way = try await provider.departure(mine, returning: Self.returning, now: Self.now)
    let address = way.address
    #expect(way.origin == "https://login.example.org")
    #expect(!address.contains(mine.verifier))
    #expect(!address.contains("secret"))
    let caught = soft.visit(address, as: "a person")
    // Who caught the code has another secret, and so has the same browser on another errand.
    let others = [
      FlowSecrets(browser: Array(Self.browser.reversed()), .signIn),
      FlowSecrets(browser: Self.browser, .link),
    ]
    for other in others {
      let again = soft.visit(address, as: "a person")
      #expect(
        await Self.refusal {
          try await provider.subject(
            of: again, other, returning: Self.returning, now: Self.now)
        } == .refusing)
      #expect(other.state != mine.state && other.nonce != mine.nonce)
    }
    let fresh = soft.visit(address, as: "a person")
    #expect(
      await Self.refusal {
        try await provider.subject(
          of: fresh, mine, returning: "https://evil.example/", now: Self.now)
      } == .refusing)
    _ = soft.visit(address, as: "a person")
    #expect(
      try await provider.subject(of: caught, mine, returning: Self.returning, now: Self.now)
        == "a person")
    #expect(
      await Self.refusal {
        try await provider.subject(of: caught, mine, returning: Self.returning, now: Self.now)
      } == .refusing)
    // An answer that names another issuer, or holds no code, is not exchanged at all.
    let before = soft.asked.count
    let foreign = ProviderAnswer(state: mine.state, code: "a", issuer: "https://evil.example")
    let empty = ProviderAnswer(state: mine.state, code: "")
    #expect(
      await Self.refusal {
        try await provider.subject(of: foreign, mine, returning: Self.returning, now: Self.now)
      } == .foreignAnswer)
    #expect(
      await Self.refusal {
        try await provider.subject(of: empty, mine, returning: Self.returning, now: Self.now)
      } == .noCode)
    #expect(soft.asked.count == before)
  }

  @Test(arguments: [
    ("hospital\",\"authorization", "hospital/\",\"authorization", ProviderRefusal.foreignDocument),
    (
      "https://login.example.org/hospital/token", "http://login.example.org/hospital/token",
      .unencrypted
    ),
    ("https://login.example.org/hospital/keys", "http://localhost.evil.example/keys", .unencrypted),
    ("https://login.example.org/hospital/authorize", "javascript:alert(1)", .unencrypted),
    ("[\"code\",\"id_token\"]", "[\"id_token\"]", .notOffered),
    ("[\"plain\",\"S256\"]", "[\"plain\"]", .notOffered),
    ("[\"ES256\",\"HS256\"]", "[\"HS256\",\"none\"]", .notOffered),
    ("client_secret_basic", "private_key_jwt", .notOffered),
    ("\"token_endpoint\"", "\"other\"", .malformed),
  ])
  func `REQ-052: a document that differs in one thing is not used, nor asked for at once again`(
    _ was: String, _ is: String, _ expected: ProviderRefusal
  ) async throws {
    let soft = try SoftProvider()
    soft.change { $0.document = { $0.replacingOccurrences(of: was, with: `is`) } }
    let provider = OpenIDProvider(soft.settings, through: soft)
    let now = Self.now
    #expect(await Self.refusal { try await Self.come(back: provider, soft, at: now) } == expected)
    #expect(
      await Self.refusal { try await Self.come(back: provider, soft, at: now + 4) } == expected)
    #expect(soft.asked.count == 1)
    soft.change { $0.document = { $0 } }
    #expect(try await Self.come(back: provider, soft, at: now + 5) == "a person")
  }

  @Test func `REQ-052: a new key is looked for, once a minute at most`() async throws {
    let soft = try SoftProvider()
    let provider = OpenIDProvider(soft.settings, through: soft)
    let now = Self.now
    _ = try await Self.come(back: provider, soft, at: now)
    soft.change {
      $0.keyNames = (ec: "ec-2", rsa: "rsa-2")
      $0.token = { $0.header["kid"] = #""ec-2""# }
    }
    #expect(
      await Self.refusal { try await Self.come(back: provider, soft, at: now + 59) } == .unknownKey)
    #expect(soft.asked.filter { $0.hasSuffix("keys") }.count == 1)
    #expect(try await Self.come(back: provider, soft, at: now + 60) == "a person")
    #expect(soft.asked.filter { $0.hasSuffix("keys") }.count == 2)
  }

  @Test func `a secret goes into the form for who takes it there alone`() async throws {
    let soft = try SoftProvider()
    soft.change {
      $0.document = {
        $0.replacingOccurrences(of: "client_secret_basic", with: "client_secret_post")
      }
    }
    let provider = OpenIDProvider(soft.settings, through: soft)
    // The invented provider takes the header alone, so it refuses, after it was asked.
    #expect(await Self.refusal { try await Self.come(back: provider, soft) } == .refusing)
    #expect(soft.asked.last?.hasSuffix("/token") == true)
  }

  @Test func `a provider's address is encrypted, or on this machine, and nothing but an address`() {
    for good in [
      "https://login.example.org", "https://login.example.org:8443/a?b=c",
      "http://localhost:9000/o",
      "http://127.0.0.1/o",
    ] { #expect(ProviderAddress(good) != nil, "\(good)") }
    for bad in [
      "http://login.example.org", "http://localhost.evil.example", "http://localhost@evil.example",
      "https://user:word@login.example.org", "https://login.example.org/#a", "https://",
      "login.example.org",
      "ftp://login.example.org", "https://login.example.org/ä", "https://a b", "",
    ] { #expect(ProviderAddress(bad) == nil, "\(bad)") }
    #expect(ProviderAddress("https://login.example.org:8443/a")?.host == "login.example.org:8443")
  }

  @Test func `the challenge is that of the published example`() {
    // RFC 7636, appendix B.
    #expect(
      FlowSecrets.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  }
}
