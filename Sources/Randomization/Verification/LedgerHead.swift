/// The size and root of a ledger at an instant: what its keeper vouches for.
public struct LedgerHead: Sendable, Equatable {
  /// The ledger.
  public let ledger: LedgerIdentity

  /// The number of entries.
  public let size: Int

  /// The root over them.
  public let root: Fingerprint

  /// The instant, as UTC text with milliseconds.
  public let at: String

  /// The head with these parts, or nil when the instant is not well formed.
  public init?(ledger: LedgerIdentity, size: Int, root: Fingerprint, at: String) {
    guard (0...CanonicalValue.largestInteger).contains(size), EntryTime.isWellFormed(at) else {
      return nil
    }
    self.ledger = ledger
    self.size = size
    self.root = root
    self.at = at
  }

  /// The head of a ledger as it stands.
  public init?(of ledger: AllocationLedger, at: String) {
    self.init(ledger: ledger.identity, size: ledger.size, root: ledger.root, at: at)
  }

  /// The head with these canonical bytes, or nil when they are not one.
  public init?(canonical bytes: [UInt8]) {
    guard let value = try? CanonicalValue(canonical: bytes) else { return nil }
    self.init(value)
  }

  init?(_ value: CanonicalValue) {
    guard let object = value.object, object.hasExactly(["at", "ledger", "root", "size"]),
      let ledger = object["ledger"]?.label.flatMap({ LedgerIdentity(hex: $0) }),
      let root = object["root"]?.label.flatMap({ Fingerprint(hex: $0) }),
      let size = object["size"]?.integer, let at = object["at"]?.label
    else { return nil }
    self.init(ledger: ledger, size: size, root: root, at: at.text)
  }

  /// The head as canonical JSON.
  public var canonicalBytes: [UInt8] {
    guard let bytes = try? value.canonicalBytes() else {
      preconditionFailure("a head consists of hex, a number and an instant")
    }
    return bytes
  }

  var value: CanonicalValue {
    [
      "ledger": .text(ledger.hex), "size": .integer(size), "root": .text(root.hex),
      "at": .text(at),
    ]
  }

  /// The head with its signature.
  public func signed(with key: SigningKey) -> SignedHead {
    SignedHead(
      head: self, signature: key.signature(of: Self.message(canonicalBytes)))
  }

  /// The bytes that are signed: the prefix keeps a head's signature from serving elsewhere.
  static func message(_ canonicalHead: [UInt8]) -> [UInt8] {
    Array("head/v1".utf8) + canonicalHead
  }
}

/// A head with the signature of its ledger's keeper.
public struct SignedHead: Sendable, Equatable {
  /// The head.
  public let head: LedgerHead

  /// The Ed25519 signature, 64 bytes.
  public let signature: [UInt8]

  /// The head with this signature, not verified yet.
  public init(head: LedgerHead, signature: [UInt8]) {
    self.head = head
    self.signature = signature
  }

  /// Whether the signature is that of the key over the head.
  public func isSigned(by key: VerifyingKey) -> Bool {
    key.verifies(signature, of: LedgerHead.message(head.canonicalBytes))
  }

  /// The signed head as canonical JSON.
  public var canonicalBytes: [UInt8] {
    guard let bytes = try? value.canonicalBytes() else {
      preconditionFailure("a signed head consists of a head and hex")
    }
    return bytes
  }

  var value: CanonicalValue { ["head": head.value, "sig": .hex(signature)] }
}
