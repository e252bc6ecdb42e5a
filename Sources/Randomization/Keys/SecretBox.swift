import Crypto
public import Foundation
import LockedMemory

/// A seed or an arm at rest: nonce, ciphertext and tag of ChaCha20-Poly1305.
///
/// The associated data bind a box to its ledger, and an arm's box to its entry as well, so that a
/// box moved to another row does not open.
public struct SecretBox: Sendable, Equatable {
  /// The length of the nonce in front.
  public static let nonceLength = 12

  private static let tagLength = 16

  /// Nonce, ciphertext and tag.
  public let bytes: [UInt8]

  /// The box with these stored bytes.
  public init(_ bytes: [UInt8]) throws(SecretBoxRefusal) {
    guard bytes.count >= Self.nonceLength + Self.tagLength else { throw .malformed }
    self.bytes = bytes
  }

  /// The box of a ledger's seed; the nonce comes from the operating system's generator.
  public init(
    sealing seed: Seed, ledger: LedgerIdentity, key: BoxKey, nonce: [UInt8]
  ) throws(SecretBoxRefusal) {
    try self.init(seed.bytes, for: .seed(ledger), key: key, nonce: nonce)
  }

  /// The box of one allocated arm; `entry` is the index of its ledger entry.
  public init(
    sealing arm: Label, ledger: LedgerIdentity, entry: Int, key: BoxKey, nonce: [UInt8]
  ) throws(SecretBoxRefusal) {
    try self.init(arm.utf8, for: .arm(ledger, entry: entry), key: key, nonce: nonce)
  }

  /// The seed inside.
  public func seed(ledger: LedgerIdentity, key: BoxKey) throws(SecretBoxRefusal) -> Seed {
    guard let seed = Seed(secureBytes: try open(for: .seed(ledger), key: key)) else {
      throw .malformed
    }
    return seed
  }

  /// The arm inside.
  public func arm(
    ledger: LedgerIdentity, entry: Int, key: BoxKey
  ) throws(SecretBoxRefusal) -> Label {
    Label(utf8: try open(for: .arm(ledger, entry: entry), key: key))
  }

  private init(
    _ plain: [UInt8], for purpose: Purpose, key: BoxKey, nonce: [UInt8]
  ) throws(SecretBoxRefusal) {
    guard nonce.count == Self.nonceLength else { throw .malformed }
    do {
      let box = try ChaChaPoly.seal(
        plain, using: SymmetricKey(data: key.bytes), nonce: ChaChaPoly.Nonce(data: nonce),
        authenticating: purpose.associatedData)
      bytes = Array(box.combined)
    } catch {
      throw .malformed
    }
  }

  private func open(for purpose: Purpose, key: BoxKey) throws(SecretBoxRefusal) -> [UInt8] {
    do {
      return Array(
        try ChaChaPoly.open(
          ChaChaPoly.SealedBox(combined: bytes), using: SymmetricKey(data: key.bytes),
          authenticating: purpose.associatedData))
    } catch {
      throw .notOpened
    }
  }

  private enum Purpose {
    case seed(LedgerIdentity)
    case arm(LedgerIdentity, entry: Int)

    var associatedData: [UInt8] {
      switch self {
      case .seed(let ledger): Array("seed-box/v1".utf8) + ledger.bytes
      case .arm(let ledger, let entry):
        Array("arm-box/v1".utf8) + ledger.bytes + BigEndian.bytes64(entry)
      }
    }
  }
}

/// The 32-byte key of the boxes, kept outside the database.
public struct BoxKey: Sendable {
  /// The length of every key.
  public static let length = 32

  let bytes: LockedBytes

  /// The key with these bytes, or nil when there are not 32.
  public init?(_ bytes: some ContiguousBytes) {
    let bytes = LockedBytes(bytes)
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  /// Whether the system keeps the key from its swap.
  public var isLocked: Bool { bytes.isLocked }
}

extension BoxKey: CustomStringConvertible, CustomReflectable {
  /// A word in place of the bytes.
  public var description: String { "a concealed box key" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Why a box was not made or not opened.
public enum SecretBoxRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes are not those of a box, a nonce or a seed.
  case malformed

  /// The key or the place does not fit, or the bytes were altered.
  case notOpened

  /// What was refused and what to do.
  public var description: String {
    switch self {
    case .malformed:
      "The stored bytes are not a sealed box. Nothing was opened. "
        + "Compare the row with a backup."
    case .notOpened:
      "The sealed box did not open: it was altered, moved, or sealed under another key. "
        + "Nothing was opened. Check that the key file belongs to this installation."
    }
  }
}
