/// The entries of a bundle, to be compared with what sites and witnesses kept outside the server.
///
/// Whoever rewrites a ledger and signs it anew produces a bundle that verifies by itself; only a
/// head or a receipt handed out before shows that it tells another history.
public struct WitnessedLedger: Sendable {
  /// What a kept head or receipt says about the bundle.
  public enum Judgement: String, Sendable, Equatable {
    /// The bundle continues what was vouched for.
    case agrees
    /// It is not signed by the key of this ledger.
    case signature
    /// It does not prove what it says: the file was altered.
    case inclusion
    /// It was signed by this ledger and vouches for another history.
    case fork
  }

  /// The number of entries.
  public var size: Int { tree.leaves.count }

  private let opening: LedgerEntry.Opening
  private let tree: MerkleTree
  private let roots: [Fingerprint]

  /// The ledger of a bundle, nil when the bytes are not a bundle with an opened ledger.
  public init?(bundle bytes: [UInt8]) {
    guard let value = try? CanonicalValue(parsing: bytes),
      let items = value.object?["entries"]?.items, let first = items.first,
      let entry = try? LedgerEntry(first), case .open(let opening) = entry.body
    else { return nil }
    var leaves: [Fingerprint] = []
    var roots = [MerkleTree.emptyRoot]
    var frontier = MerkleFrontier()
    for item in items {
      guard let canonical = try? item.canonicalBytes() else { return nil }
      let leaf = MerkleTree.leaf(canonical)
      leaves.append(leaf)
      frontier.append(leaf)
      roots.append(frontier.root)
    }
    self.opening = opening
    self.roots = roots
    tree = MerkleTree(leaves: leaves)
  }

  /// What a head kept by a witness says about the bundle.
  public func judge(_ head: SignedHead) -> Judgement {
    guard head.isSigned(by: opening.key) else { return .signature }
    guard head.head.ledger == opening.ledger, roots.indices.contains(head.head.size),
      roots[head.head.size] == head.head.root
    else { return .fork }
    return .agrees
  }

  /// What a receipt kept by a site says about the bundle.
  public func judge(_ receipt: SiteReceipt) -> Judgement {
    guard receipt.signedHead.isSigned(by: opening.key) else { return .signature }
    do {
      try receipt.verify(ledger: receipt.signedHead.head.ledger, key: opening.key)
    } catch {
      return .inclusion
    }
    guard tree.leaves.indices.contains(receipt.index), tree.leaves[receipt.index] == receipt.leaf
    else { return .fork }
    return judge(receipt.signedHead)
  }

  /// The path that shows that the first entries are the beginning of more; nil when there are not
  /// so many.
  public func consistencyPath(
    first: Int, second: Int
  ) -> (firstRoot: Fingerprint, secondRoot: Fingerprint, path: [Fingerprint])? {
    guard first >= 1, first <= second, second <= size else { return nil }
    return (
      roots[first], roots[second], tree.consistencyPath(first: first, second: second)
    )
  }
}

extension SignedHead {
  /// The heads in a file: one JSON text a line, or one list; nil when it is neither.
  public static func heads(in bytes: [UInt8]) -> [SignedHead]? {
    if let value = try? CanonicalValue(parsing: bytes) {
      if let items = value.items { return all(items) }
      return all([value])
    }
    let lines = bytes.split(separator: 0x0A).map(Array.init)
    let values = lines.compactMap { try? CanonicalValue(parsing: $0) }
    guard !values.isEmpty, values.count == lines.count else { return nil }
    return all(values)
  }

  private static func all(_ values: [CanonicalValue]) -> [SignedHead]? {
    let heads = values.compactMap { SignedHead($0) }
    return heads.count == values.count && !heads.isEmpty ? heads : nil
  }

  init?(_ value: CanonicalValue) {
    guard let object = value.object, object.hasExactly(["head", "sig"]),
      let head = object["head"].flatMap({ LedgerHead($0) }),
      let signature = object["sig"]?.label.flatMap({ Hex.bytes($0.utf8) })
    else { return nil }
    self.init(head: head, signature: signature)
  }
}
