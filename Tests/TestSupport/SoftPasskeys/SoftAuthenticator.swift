import Crypto
import CryptoExtras
import Foundation
package import Passkeys

/// An authenticator in software that can be made to lie about anything.
package struct SoftAuthenticator: Sendable {
  package enum Kind: CaseIterable, Sendable {
    case es256, edDSA, rs256
  }

  package static let party: RelyingParty = {
    guard let party = RelyingParty(authority: "trial.example.org") else { fatalError("no name") }
    return party
  }()

  package var kind = Kind.es256
  package var id: [UInt8]
  package var origin = "https://trial.example.org"
  package var server = "trial.example.org"
  package var flags: UInt8 = 0x05
  package var count: UInt32 = 0
  package var type: String?
  package var crossOrigin = "false"
  package var format = "none"
  package var statement: [UInt8] = [0xA0]
  package var further: [UInt8] = []
  let curve = P256.Signing.PrivateKey()
  let edwards = Curve25519.Signing.PrivateKey()
  // Making one takes long, so that only its kind has one.
  let rsa: _RSA.Signing.PrivateKey?

  package init(_ kind: Kind = .es256) throws {
    self.kind = kind
    id = Array(SHA256.hash(data: curve.publicKey.rawRepresentation))
    rsa = kind == .rs256 ? try _RSA.Signing.PrivateKey(keySize: .bits2048) : nil
  }

  package func clientData(_ type: String, _ challenge: [UInt8]) -> [UInt8] {
    Array(
      """
      {"type":"\(self.type ?? type)","challenge":"\(Base64URL.text(challenge))","origin":"\(origin)","crossOrigin":\(crossOrigin)}
      """.utf8)
  }

  package var key: [UInt8] {
    get throws {
      switch kind {
      case .es256:
        let point = Array(curve.publicKey.rawRepresentation)
        return [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20] + point[..<32]
          + [0x22, 0x58, 0x20] + point[32...]
      case .edDSA:
        return [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20]
          + Array(edwards.publicKey.rawRepresentation)
      case .rs256:
        guard let rsa else { return [] }
        let parts = try rsa.publicKey.getKeyPrimitives()
        return [0xA4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20] + Self.bytes(Array(parts.modulus))
          + [0x21] + Self.bytes(Array(parts.publicExponent))
      }
    }
  }

  package static func bytes(_ bytes: [UInt8]) -> [UInt8] {
    let count = bytes.count
    let head: [UInt8] =
      count < 24
      ? [0x40 | UInt8(count)]
      : count < 256 ? [0x58, UInt8(count)] : [0x59, UInt8(count >> 8), UInt8(count & 255)]
    return head + bytes
  }

  package func data(withKey: Bool) throws -> [UInt8] {
    var bytes = Array(SHA256.hash(data: Array(server.utf8)))
    bytes.append(withKey ? flags | 0x40 : flags)
    bytes += (0..<4).map { UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * $0)) }
    if withKey {
      bytes += Array(repeating: 0, count: 16) + [UInt8(id.count >> 8), UInt8(id.count & 255)] + id
      bytes += try key
    }
    return bytes + further
  }

  package func sign(_ message: [UInt8]) throws -> [UInt8] {
    switch kind {
    case .es256: Array(try curve.signature(for: message).derRepresentation)
    case .edDSA: Array(try edwards.signature(for: message))
    case .rs256:
      try rsa.map {
        Array(
          try $0.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
            .rawRepresentation)
      } ?? []
    }
  }

  package func registration(_ challenge: [UInt8]) throws -> PasskeyRegistration {
    let name = Array(format.utf8)
    let attestation: [UInt8] =
      [0xA3, 0x63] + Array("fmt".utf8) + [0x60 | UInt8(name.count)] + name + [0x67]
      + Array("attStmt".utf8) + statement + [0x68] + Array("authData".utf8)
      + Self.bytes(try data(withKey: true))
    return PasskeyRegistration(
      clientData: clientData("webauthn.create", challenge), attestation: attestation)
  }

  package func assertion(_ challenge: [UInt8]) throws -> PasskeyAssertion {
    let client = clientData("webauthn.get", challenge)
    let data = try data(withKey: false)
    return PasskeyAssertion(
      id: id, clientData: client, authenticatorData: data,
      signature: try sign(data + Array(SHA256.hash(data: client))))
  }
}
