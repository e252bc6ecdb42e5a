/// The secret 32 bytes from which every allocation of a trial follows.
///
/// Neither its description nor its reflection shows a byte, so that no log line can.
public struct Seed: Sendable, Equatable {
  /// The length of every seed.
  public static let length = 32

  let bytes: [UInt8]

  /// The seed with these bytes, which the caller takes from the operating system's generator.
  public init?(secureBytes: [UInt8]) {
    guard secureBytes.count == Self.length else { return nil }
    bytes = secureBytes
  }

  /// The hash published before the first participant.
  public var commitment: SeedCommitment {
    SeedCommitment(Fingerprint(digest: Sha.digest(Array("seed/v1".utf8), bytes)))
  }

  /// The hash of a scheme published before the public entropy of its epoch.
  public func commitment(to scheme: Scheme) -> Fingerprint {
    commitment(toCanonical: scheme.canonicalBytes, epoch: scheme.epoch)
  }

  /// The nonce that keeps a scheme from being guessed from its commitment.
  public func schemeNonce(epoch: Int) -> [UInt8] {
    Mac.code(key: bytes, Array("scheme-nonce/v1".utf8), BigEndian.bytes32(epoch))
  }

  /// The key of one epoch, bound to its public entropy.
  public func master(
    ledger: LedgerIdentity, epoch: Int, publicEntropy: [UInt8]
  ) -> EpochMaster {
    EpochMaster(
      ledger: ledger, epoch: epoch,
      bytes: Mac.code(
        key: bytes, Array("master/v1".utf8), ledger.bytes, BigEndian.bytes32(epoch),
        BigEndian.bytes32(publicEntropy.count), publicEntropy))
  }

  func commitment(toCanonical scheme: [UInt8], epoch: Int) -> Fingerprint {
    Fingerprint(
      digest: Sha.digest(Array("scheme/v1".utf8), schemeNonce(epoch: epoch), scheme))
  }
}

extension Seed: CustomStringConvertible, CustomReflectable {
  /// A word in place of the bytes.
  public var description: String { "a concealed seed" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The published hash that fixes a seed without showing it.
public struct SeedCommitment: Hashable, Sendable, CustomStringConvertible {
  /// The hash.
  public let fingerprint: Fingerprint

  /// The commitment with this hash.
  public init(_ fingerprint: Fingerprint) {
    self.fingerprint = fingerprint
  }

  /// The 64 lower-case hex digits.
  public var description: String { fingerprint.hex }
}
