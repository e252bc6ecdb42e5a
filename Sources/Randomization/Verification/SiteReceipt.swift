/// The proof a blinded person may keep: the leaf stands in place of the entry.
///
/// An entry names the levels of the stratum, which the person who randomizes may not know; its leaf
/// tells nothing, since the seal inside is unknown, and proves the same once entries are revealed.
public struct SiteReceipt: Sendable, Equatable {
  /// The index of the entry.
  public let index: Int

  /// The leaf hash of the entry.
  public let leaf: Fingerprint

  /// The path from the leaf to the root of the head.
  public let inclusionPath: [Fingerprint]

  /// The head with its signature.
  public let signedHead: SignedHead

  /// The receipt without the entry's content.
  public init(_ receipt: Receipt) {
    index = receipt.entry.index
    leaf = receipt.entry.leaf
    inclusionPath = receipt.inclusionPath
    signedHead = receipt.signedHead
  }

  /// The receipt made of stored parts.
  public init(
    index: Int, leaf: Fingerprint, inclusionPath: [Fingerprint], signedHead: SignedHead
  ) {
    self.index = index
    self.leaf = leaf
    self.inclusionPath = inclusionPath
    self.signedHead = signedHead
  }

  /// The receipt spelled by canonical bytes.
  public init(canonical bytes: [UInt8]) throws(ReceiptFault) {
    guard let value = try? CanonicalValue(canonical: bytes), let object = value.object,
      object.hasExactly(["head", "index", "leaf", "path", "sig"]),
      let index = object["index"]?.integer, index >= 0,
      let leaf = object["leaf"]?.label.flatMap({ Fingerprint(hex: $0) }),
      let head = object["head"].flatMap({ LedgerHead($0) }),
      let signature = object["sig"]?.label.flatMap({ Hex.bytes($0.utf8) }),
      let items = object["path"]?.items
    else { throw .malformed }
    let path = items.compactMap { $0.label.flatMap { Fingerprint(hex: $0) } }
    guard path.count == items.count else { throw .malformed }
    self.index = index
    self.leaf = leaf
    inclusionPath = path
    signedHead = SignedHead(head: head, signature: signature)
  }

  /// The receipt as canonical JSON.
  public var canonicalBytes: [UInt8] {
    let value: CanonicalValue = [
      "index": .integer(index), "leaf": .text(leaf.hex), "head": signedHead.head.value,
      "sig": .hex(signedHead.signature), "path": .array(inclusionPath.map { .text($0.hex) }),
    ]
    guard let bytes = try? value.canonicalBytes() else {
      preconditionFailure("a receipt consists of canonical parts")
    }
    return bytes
  }

  /// Checks the receipt against the identity and key of its ledger.
  public func verify(ledger: LedgerIdentity, key: VerifyingKey) throws(ReceiptFault) {
    guard signedHead.isSigned(by: key) else { throw .signature }
    guard signedHead.head.ledger == ledger else { throw .otherLedger }
    guard
      MerkleProof.verifiesInclusion(
        of: leaf, index: index, size: signedHead.head.size, path: inclusionPath,
        root: signedHead.head.root)
    else { throw .inclusion }
  }
}
