import Crypto
import CryptoExtras
import Foundation
import Passkeys

/// A token as a provider writes it, each part of which can be forged: values are JSON as they are written.
public struct SoftToken: Sendable {
  /// Who signs it, and how.
  public enum Signer: Sendable {
    /// The provider, on P-256.
    case es256
    /// The provider, with its RSA key.
    case rs256
    /// Somebody else, on P-256.
    case stranger
    /// Somebody who knows the public keys, with one of them as a shared secret.
    case publicKeyAsSecret
    /// Nobody.
    case nobody
  }

  /// The header.
  public var header: [String: String]
  /// The claims.
  public var claims: [String: String]
  /// The signer.
  public var signer = Signer.es256
  /// What is done to the written token afterwards.
  public var afterwards: @Sendable (String) -> String = { $0 }

  /// A token in order.
  public init(issuer: String, client: String, subject: String, nonce: String, now: Int64) {
    header = ["alg": #""ES256""#, "kid": #""ec-1""#, "typ": #""JWT""#]
    claims = [
      "iss": "\"\(issuer)\"", "aud": "\"\(client)\"", "sub": "\"\(subject)\"",
      "nonce": "\"\(nonce)\"", "iat": "\(now)", "exp": "\(now + 300)",
    ]
  }

  /// The claims as they stand in a token.
  public var claimsText: String { Self.part(claims) }

  private static func part(_ members: [String: String]) -> String {
    let json = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
    return Base64URL.text(Array("{\(json.joined(separator: ","))}".utf8))
  }

  /// The written token.
  func text(_ keys: SoftKeys) -> String {
    let message = "\(Self.part(header)).\(claimsText)"
    return afterwards(
      "\(message).\(Base64URL.text(keys.signature(Array(message.utf8), by: signer)))")
  }
}

/// The keys of an invented provider.
struct SoftKeys: Sendable {
  private let elliptic = P256.Signing.PrivateKey()
  private let stranger = P256.Signing.PrivateKey()
  private let rsa: _RSA.Signing.PrivateKey

  init() throws { rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

  func signature(_ message: [UInt8], by signer: SoftToken.Signer) -> [UInt8] {
    switch signer {
    case .es256: ((try? elliptic.signature(for: message)).map { Array($0.rawRepresentation) }) ?? []
    case .stranger:
      ((try? stranger.signature(for: message)).map { Array($0.rawRepresentation) }) ?? []
    case .rs256:
      ((try? rsa.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5))
        .map { Array($0.rawRepresentation) }) ?? []
    case .publicKeyAsSecret:
      Array(
        HMAC<SHA256>.authenticationCode(
          for: message, using: SymmetricKey(data: rsa.publicKey.derRepresentation)))
    case .nobody: []
    }
  }

  /// The set as it is published.
  func set(of names: (ec: String, rsa: String)) throws -> String {
    let point = Array(elliptic.publicKey.x963Representation)
    let numbers = try rsa.publicKey.getKeyPrimitives()
    return """
      {"keys":[
      {"kty":"EC","use":"sig","crv":"P-256","kid":"\(names.ec)","x":"\(Base64URL.text(Array(point[1..<33])))","y":"\(Base64URL.text(Array(point[33...])))"},
      {"kty":"RSA","use":"sig","alg":"RS256","kid":"\(names.rsa)","n":"\(Base64URL.text(Array(numbers.modulus)))","e":"\(Base64URL.text(Array(numbers.publicExponent)))","x5c":["AA=="]},
      {"kty":"RSA","use":"enc","kid":"\(names.rsa)","n":"\(Base64URL.text(Array(numbers.modulus)))","e":"AQAB"},
      {"kty":"oct","kid":"\(names.ec)","k":"c2VjcmV0","alg":"HS256"}]}
      """
  }
}
