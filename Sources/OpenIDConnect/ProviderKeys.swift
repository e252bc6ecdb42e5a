import Foundation
import JWTKit
import Passkeys

/// The ways of signing that are taken: with a key pair, never with a shared secret or with nothing.
enum SigningAlgorithm: String, CaseIterable, Sendable {
  /// RSASSA-PKCS1-v1_5 with SHA-256.
  case rs256 = "RS256"
  /// ECDSA on P-256 with SHA-256.
  case es256 = "ES256"
}

/// A public key of a provider, for one way of signing.
enum ProviderKey: Sendable {
  case rs256(Insecure.RSA.PublicKey)
  case es256(ES256PublicKey)

  var algorithm: SigningAlgorithm {
    switch self {
    case .rs256: .rs256
    case .es256: .es256
    }
  }
}

/// The keys a provider signs with (RFC 7517).
struct ProviderKeys: Sendable {
  private let keys: [(name: String?, key: ProviderKey)]

  private struct Written: Decodable {
    let keys: [Member]

    struct Member: Decodable {
      let kty: String
      let use, alg, kid, crv, n, e, x, y: String?
    }
  }

  /// Reads a set; keys of other kinds and for other uses are left out.
  init(reading bytes: [UInt8]) throws(ProviderRefusal) {
    guard let written = try? JSONDecoder().decode(Written.self, from: Data(bytes)),
      written.keys.count <= 100
    else { throw .malformed }
    keys = written.keys.compactMap { member in
      guard member.use ?? "sig" == "sig", let key = Self.key(member),
        member.alg ?? key.algorithm.rawValue == key.algorithm.rawValue
      else { return nil }
      return (member.kid, key)
    }
  }

  private static func key(_ member: Written.Member) -> ProviderKey? {
    switch member.kty {
    case "RSA":
      guard let n = member.n, let e = member.e, let size = Base64URL.bytes(n)?.count,
        (256...1024).contains(size), (1...4).contains(Base64URL.bytes(e)?.count ?? 0)
      else { return nil }
      return (try? Insecure.RSA.PublicKey(modulus: n, exponent: e)).map(ProviderKey.rs256)
    case "EC":
      guard member.crv == "P-256", let x = member.x, let y = member.y,
        Base64URL.bytes(x)?.count == 32, Base64URL.bytes(y)?.count == 32
      else { return nil }
      return (try? ES256PublicKey(parameters: (x, y))).map(ProviderKey.es256)
    default: return nil
    }
  }

  /// The one key a token may be signed with: of its way of signing, and of its name where it says one.
  func key(named name: String?, _ algorithm: SigningAlgorithm) throws(ProviderRefusal)
    -> ProviderKey
  {
    let fitting = keys.filter {
      $0.key.algorithm == algorithm && (name == nil || $0.name == name)
    }
    guard fitting.count == 1, let found = fitting.first else { throw .unknownKey }
    return found.key
  }
}
