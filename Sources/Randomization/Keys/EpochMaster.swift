/// The secret key of one epoch of one ledger.
public struct EpochMaster: Sendable, Equatable {
  /// The ledger the key belongs to.
  public let ledger: LedgerIdentity

  /// The epoch the key belongs to.
  public let epoch: Int

  package let bytes: [UInt8]

  /// The tape of one position of one stratum; position counts from 1.
  public func tape(position: Int, stratum: StratumBytes) -> Tape {
    Tape(
      entropy: bytes, nonce: ledger.bytes,
      personalization: Array("alloc/v1".utf8) + BigEndian.bytes32(epoch)
        + BigEndian.bytes64(position) + stratum.bytes)
  }

  /// The key that proves the arm of one participant and of no other.
  public func sealKey(position: Int, stratum: StratumBytes) -> SealKey {
    SealKey(
      bytes: Mac.code(
        key: bytes, Array("seal/v1".utf8), BigEndian.bytes64(position), stratum.bytes))
  }
}

extension EpochMaster: CustomStringConvertible, CustomReflectable {
  /// A word in place of the bytes.
  public var description: String { "a concealed epoch key" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The key of one seal: revealed in an emergency, it proves one arm.
public struct SealKey: Sendable, Equatable {
  /// The 32 bytes, secret until the participant is unblinded.
  public let bytes: [UInt8]

  /// What the ledger publishes in place of the arm.
  public func seal(arm: Label) -> Fingerprint {
    Fingerprint(digest: Mac.code(key: bytes, Array("arm/v1".utf8), arm.utf8))
  }
}

extension SealKey: CustomStringConvertible, CustomReflectable {
  /// A word in place of the bytes.
  public var description: String { "a concealed seal key" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension SealKey {
  /// A key as it was revealed, or nil when there are not 32 bytes.
  public init?(revealed bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }
}
