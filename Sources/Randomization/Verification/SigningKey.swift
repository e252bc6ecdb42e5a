import Crypto
import Foundation

/// The Ed25519 key that signs the heads of a ledger.
public struct SigningKey: Sendable {
  /// The length of every key.
  public static let length = 32

  private let bytes: [UInt8]

  /// The key that verifies what this one signs.
  public let verifyingKey: VerifyingKey

  /// The key with these secret bytes, or nil when they are not a key.
  public init?(secureBytes: [UInt8]) {
    guard secureBytes.count == Self.length,
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: secureBytes),
      let verifyingKey = VerifyingKey(Array(key.publicKey.rawRepresentation))
    else { return nil }
    bytes = secureBytes
    self.verifyingKey = verifyingKey
  }

  /// The Ed25519 signature over a message.
  public func signature(of message: [UInt8]) -> [UInt8] {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes),
      let signature = try? key.signature(for: message)
    else { preconditionFailure("a key that was accepted signs") }
    return Array(signature)
  }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
  /// A word in place of the bytes.
  public var description: String { "a concealed signing key" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The public Ed25519 key of a ledger.
public struct VerifyingKey: Sendable, Equatable {
  /// The length of every key.
  public static let length = 32

  /// The 32 bytes.
  public let bytes: [UInt8]

  /// The key with these bytes, or nil when there are not 32.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  /// Whether the signature over a message was made by the secret half of this key.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
      return false
    }
    return key.isValidSignature(signature, for: message)
  }
}
