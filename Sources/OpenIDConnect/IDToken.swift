import Foundation
import JWTKit
import Passkeys

/// What a token must say to be an answer to the question that was asked.
struct TokenExpectation: Sendable {
  /// The issuer, character by character.
  let issuer: String
  /// The name of this server at the provider.
  let client: String
  /// What was asked with.
  let nonce: String
  /// Seconds since 1970.
  let now: Int64

  /// Clocks may differ by a minute.
  static let skew: Double = 60
  /// A token is exchanged at once: an older one was kept by somebody.
  static let oldest: Double = 600
  /// How long ago the provider may have asked its person.
  static let signInWithin: Double = 300
}

/// The token in which a provider says who signed in (OpenID Connect Core 1.0, 2).
struct IDToken: Sendable {
  private let text: String
  private let algorithm: SigningAlgorithm
  private let keyName: String?

  /// What is read before the signature is known to be right: how it was signed, and nothing else.
  private struct Header: Decodable {
    let alg: String
    let kid: String?
    let isExtended: Bool

    private enum CodingKeys: String, CodingKey { case alg, kid, crit, b64, enc }

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: CodingKeys.self)
      alg = try members.decode(String.self, forKey: .alg)
      kid = try members.decodeIfPresent(String.self, forKey: .kid)
      isExtended = members.contains(.crit) || members.contains(.b64) || members.contains(.enc)
    }
  }

  /// Takes a token apart; refused when it is signed in a way that is not taken.
  init(_ text: String) throws(ProviderRefusal) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard text.utf8.count <= 16 << 10, parts.count == 3,
      parts.allSatisfy({ Base64URL.bytes(String(Substring($0))) != nil }),
      let bytes = Base64URL.bytes(String(Substring(parts[0]))),
      let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)), !header.isExtended
    else { throw .malformed }
    guard let algorithm = SigningAlgorithm(rawValue: header.alg) else { throw .wrongAlgorithm }
    self.text = text
    self.algorithm = algorithm
    keyName = header.kid
  }

  /// The person the token names, once everything in it holds.
  func subject(
    signedBy keys: ProviderKeys, _ expected: TokenExpectation
  ) async throws(ProviderRefusal) -> String {
    // The library is given the one key that may have signed, so that it has none to choose.
    let ring = JWTKeyCollection()
    switch try keys.key(named: keyName, algorithm) {
    case .rs256(let key): await ring.add(rsa: key, digestAlgorithm: .sha256)
    case .es256(let key): await ring.add(ecdsa: key)
    }
    let claims: Claims
    do {
      claims = try await ring.verify(text, as: Claims.self)
    } catch is DecodingError {
      throw .malformed
    } catch let error as JWTError where error.errorType == .malformedToken {
      throw .malformed
    } catch {
      throw .wrongSignature
    }
    try claims.judge(expected)
    return claims.sub
  }
}

/// What a token says that is judged here; all else in it is not read, addresses of people first.
private struct Claims: JWTPayload {
  let iss: String
  let sub: String
  let aud: Audience
  let azp: String?
  let exp: Double
  let iat: Double
  let nbf: Double?
  let nonce: String?
  let signedInAt: Double?

  private enum CodingKeys: String, CodingKey {
    case iss, sub, aud, azp, exp, iat, nbf, nonce
    case signedInAt = "auth_time"
  }

  /// One name or several.
  struct Audience: Codable, Sendable {
    let names: [String]

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let name = try? value.decode(String.self) {
        names = [name]
      } else {
        names = try value.decode([String].self)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var value = encoder.singleValueContainer()
      try value.encode(names)
    }
  }

  /// Nothing: the library's clock is not the one that is given here.
  func verify(using algorithm: some JWTAlgorithm) async throws {}

  func judge(_ expected: TokenExpectation) throws(ProviderRefusal) {
    let now = Double(expected.now)
    guard iss == expected.issuer else { throw .wrongIssuer }
    // Of several names the others are strangers, to whom the token would be as good as to this server.
    guard aud.names == [expected.client], azp ?? expected.client == expected.client else {
      throw .wrongAudience
    }
    guard exp > now - TokenExpectation.skew else { throw .expired }
    guard iat <= now + TokenExpectation.skew, iat >= now - TokenExpectation.oldest,
      nbf ?? now <= now + TokenExpectation.skew
    else { throw .wrongTime }
    guard nonce == expected.nonce else { throw .wrongNonce }
    guard
      signedInAt ?? now >= now - TokenExpectation.signInWithin - TokenExpectation.skew
    else { throw .staleSignIn }
    guard (1...255).contains(sub.utf8.count) else { throw .noSubject }
  }
}
