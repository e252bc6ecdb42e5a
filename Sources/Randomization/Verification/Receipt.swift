/// The proof of one entry that the enrolling site keeps outside the server; it shows no arm.
public struct Receipt: Sendable, Equatable {
  /// The entry.
  public let entry: LedgerEntry

  /// The path from the entry's leaf to the root of the head.
  public let inclusionPath: [Fingerprint]

  /// The head.
  public let head: LedgerHead

  /// The signature over the head.
  public let signature: [UInt8]

  /// The receipt made of these parts.
  public init(entry: LedgerEntry, inclusionPath: [Fingerprint], signedHead: SignedHead) {
    self.entry = entry
    self.inclusionPath = inclusionPath
    head = signedHead.head
    signature = signedHead.signature
  }

  /// The receipt spelled by canonical bytes.
  public init(canonical bytes: [UInt8]) throws(ReceiptFault) {
    guard let value = try? CanonicalValue(canonical: bytes), let object = value.object,
      object.hasExactly(["entry", "head", "path", "sig"]),
      let entryValue = object["entry"], let entry = try? LedgerEntry(entryValue),
      let head = object["head"].flatMap({ LedgerHead($0) }),
      let signature = object["sig"]?.label.flatMap({ Hex.bytes($0.utf8) }),
      let items = object["path"]?.items
    else { throw .malformed }
    let path = items.compactMap { $0.label.flatMap { Fingerprint(hex: $0) } }
    guard path.count == items.count else { throw .malformed }
    self.entry = entry
    inclusionPath = path
    self.head = head
    self.signature = signature
  }

  /// The receipt as canonical JSON.
  public var canonicalBytes: [UInt8] {
    let value: CanonicalValue = [
      "entry": entry.value, "head": head.value, "sig": .hex(signature),
      "path": .array(inclusionPath.map { .text($0.hex) }),
    ]
    guard let bytes = try? value.canonicalBytes() else {
      preconditionFailure("a receipt consists of canonical parts")
    }
    return bytes
  }

  /// The head with its signature, to be kept with those of other witnesses.
  public var signedHead: SignedHead { SignedHead(head: head, signature: signature) }

  /// Checks the receipt against the identity and key of its ledger.
  public func verify(ledger: LedgerIdentity, key: VerifyingKey) throws(ReceiptFault) {
    guard signedHead.isSigned(by: key) else { throw .signature }
    guard head.ledger == ledger else { throw .otherLedger }
    guard
      MerkleProof.verifiesInclusion(
        of: entry.leaf, index: entry.index, size: head.size, path: inclusionPath, root: head.root)
    else { throw .inclusion }
  }
}

/// Why a receipt proves nothing.
public enum ReceiptFault: String, Error, Sendable, CustomStringConvertible {
  /// The bytes are not those of a receipt.
  case malformed

  /// The signature is not that of the ledger's key.
  case signature

  /// The receipt belongs to another ledger.
  case otherLedger = "other_ledger"

  /// The path does not lead from the entry to the root.
  case inclusion

  /// What does not fit and what to do.
  public var description: String {
    switch self {
    case .malformed:
      "The file is not a receipt. Take the file exactly as it was issued."
    case .signature:
      "The signature of the receipt is not that of the ledger. Show it to the monitoring committee."
    case .otherLedger:
      "The receipt belongs to another trial. Compare it with that trial's ledger."
    case .inclusion:
      "The receipt does not prove its entry. Show it to the monitoring committee."
    }
  }
}
