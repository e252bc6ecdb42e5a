import Crypto
import CryptoExtras
import Foundation

/// The public key of a passkey in the form authenticators write (RFC 9052 and 9053).
public struct CredentialKey: Sendable {
  /// How it signs, by its number in the register of COSE.
  public enum Algorithm: Int, Sendable, CaseIterable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = -7
    /// Ed25519.
    case edDSA = -8
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = -257
  }

  /// How it signs.
  public let algorithm: Algorithm
  private let value: CBORValue

  /// Reads a key; refused when it is of no kind that is taken, or no key at all.
  public init(reading bytes: [UInt8]) throws(PasskeyRefusal) {
    value = try CBORValue(reading: bytes)
    guard let number = value[3]?.asInteger, let algorithm = Algorithm(rawValue: Int(number)) else {
      throw .unknownKey
    }
    self.algorithm = algorithm
    // A point that is not on its curve is found when it is kept, not when it is first needed.
    _ = try isRight([], for: [])
  }

  /// Whether a signature over a message is this key's.
  func isRight(_ signature: [UInt8], for message: [UInt8]) throws(PasskeyRefusal) -> Bool {
    switch algorithm {
    case .es256:
      guard kind == 2, curve == 1, let x = part(-2, 32), let y = part(-3, 32),
        let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
      else { throw .unknownKey }
      guard let given = try? P256.Signing.ECDSASignature(derRepresentation: signature) else {
        return false
      }
      return key.isValidSignature(given, for: message)
    case .edDSA:
      guard kind == 1, curve == 6, let x = part(-2, 32),
        let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x)
      else { throw .unknownKey }
      return key.isValidSignature(signature, for: message)
    case .rs256:
      guard kind == 3, let n = value[-1]?.asBytes, (256...512).contains(n.count),
        let e = value[-2]?.asBytes, (1...4).contains(e.count),
        let key = try? _RSA.Signing.PublicKey(n: n, e: e)
      else { throw .unknownKey }
      return key.isValidSignature(
        _RSA.Signing.RSASignature(rawRepresentation: signature),
        for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
    }
  }

  private var kind: Int64? { value[1]?.asInteger }
  private var curve: Int64? { value[-1]?.asInteger }

  private func part(_ label: Int64, _ count: Int) -> [UInt8]? {
    value[label]?.asBytes.flatMap { $0.count == count ? $0 : nil }
  }
}
