/// Checks a bundle without trusting anything but mathematics.
///
/// The steps are those of the specification's section 8, stopping at the first failure.
public struct BundleVerifier: Sendable {
  /// What verification came to.
  public enum Outcome: Sendable, Equatable {
    /// Every allocation follows from the seed; the number of entries.
    case verified(Int)

    /// Chain and heads fit, and nothing is revealed yet; the number of entries.
    case chainOnly(Int)

    /// The first thing that does not fit, and the entry, head or row it was found at.
    case failure(Code, index: Int)
  }

  /// What does not fit.
  public enum Code: String, Sendable, CaseIterable {
    /// The bundle cannot be read.
    case format

    /// An entry is not at its index.
    case index

    /// An entry does not name the hash of the one before.
    case chain

    /// The first entry does not open a ledger.
    case open

    /// A head is not signed by the ledger's key.
    case signature

    /// A head vouches for another history.
    case fork

    /// The seed is not the committed one.
    case seed

    /// A scheme is missing, not the committed one, or may not follow.
    case scheme

    /// Public entropy is missing or out of place.
    case entropy

    /// A request or a participant was allocated twice.
    case duplicate

    /// An allocation should have been refused.
    case refusable

    /// A position or an epoch is not the one that follows.
    case sequence

    /// A seal does not follow from the seed.
    case allocation

    /// An entry names a participant never allocated.
    case subject

    /// An entry is of unknown kind.
    case kind

    /// The treatment column differs from the ledger.
    case arms
  }

  private struct Failure: Error {
    let code: Code
    let index: Int

    init(_ code: Code, _ index: Int) {
      self.code = code
      self.index = index
    }
  }

  /// The outcome for the bytes of a bundle.
  public static func verify(_ bytes: [UInt8]) -> Outcome {
    do throws(Failure) {
      return try verified(bytes)
    } catch {
      return .failure(error.code, index: error.index)
    }
  }

  private static func verified(_ bytes: [UInt8]) throws(Failure) -> Outcome {
    guard let value = try? CanonicalValue(parsing: bytes), let bundle = value.object,
      let entries = bundle["entries"]?.items, let heads = bundle["heads"]?.items,
      bundle.members.allSatisfy({ Self.keys.contains($0.key) })
    else { throw Failure(.format, 0) }

    let leaves = try chain(entries)
    guard let first = entries.first, let entry = try? LedgerEntry(first),
      case .open(let opening) = entry.body
    else { throw Failure(.open, 0) }
    try check(heads, leaves: leaves, opening: opening)

    guard let seedValue = bundle["seed"] else { return .chainOnly(entries.count) }
    guard
      let seed = seedValue.label.flatMap({ Hex.bytes($0.utf8) })
        .flatMap({ Seed(secureBytes: $0) })
    else { throw Failure(.seed, 0) }
    var ledger: AllocationLedger
    do {
      ledger = try AllocationLedger(opening: entry, seed: seed)
    } catch {
      throw Failure(code(error), 0)
    }
    try replay(entries, schemes: bundle["schemes"]?.items ?? [], in: &ledger)
    if let arms = bundle["arms"] { try check(arms, against: ledger) }
    return .verified(entries.count)
  }

  private static let keys: Set<Label> = ["entries", "heads", "seed", "schemes", "arms"]

  /// Step 1: every entry in its place.
  private static func chain(_ entries: [CanonicalValue]) throws(Failure) -> [Fingerprint] {
    var leaves: [Fingerprint] = []
    leaves.reserveCapacity(entries.count)
    for (index, entry) in entries.enumerated() {
      guard entry.object?["i"] == .integer(index) else { throw Failure(.index, index) }
      let previous = leaves.last ?? .zero
      guard entry.object?["prev"] == .text(previous.hex),
        let bytes = try? entry.canonicalBytes()
      else { throw Failure(.chain, index) }
      leaves.append(MerkleTree.leaf(bytes))
    }
    return leaves
  }

  /// Step 2: every head signed, and each for this history.
  private static func check(
    _ heads: [CanonicalValue], leaves: [Fingerprint], opening: LedgerEntry.Opening
  ) throws(Failure) {
    // All roots are found in one pass, since a head is signed after every allocation.
    let sizes = Set(heads.compactMap { $0.object?["head"]?.object?["size"]?.integer })
    var roots: [Int: Fingerprint] = [:]
    var frontier = MerkleFrontier()
    if sizes.contains(0) { roots[0] = frontier.root }
    for leaf in leaves {
      frontier.append(leaf)
      if sizes.contains(frontier.size) { roots[frontier.size] = frontier.root }
    }
    for (index, value) in heads.enumerated() {
      guard let object = value.object, object.hasExactly(["head", "sig"]),
        let headValue = object["head"], let head = try? headValue.canonicalBytes(),
        let signature = object["sig"]?.label.flatMap({ Hex.bytes($0.utf8) }),
        opening.key.verifies(signature, of: LedgerHead.message(head))
      else { throw Failure(.signature, index) }
      guard let head = LedgerHead(headValue), head.ledger == opening.ledger,
        let root = roots[head.size], root == head.root
      else { throw Failure(.fork, index) }
    }
  }

  /// Step 4: every entry again, as the server must have done it.
  private static func replay(
    _ entries: [CanonicalValue], schemes: [CanonicalValue], in ledger: inout AllocationLedger
  ) throws(Failure) {
    let revealed = schemes.compactMap { RevealedScheme($0) }
    for (index, value) in entries.enumerated().dropFirst() {
      let entry: LedgerEntry
      do {
        entry = try LedgerEntry(value)
      } catch {
        throw Failure(error == .unknownKind ? .kind : .format, index)
      }
      do {
        try ledger.apply(entry, revealed: revealed.first { $0.isMeant(by: entry, in: ledger) })
      } catch {
        throw Failure(code(error), index)
      }
    }
  }

  /// Step 5: the treatment column against the recomputed arms.
  private static func check(
    _ arms: CanonicalValue, against ledger: AllocationLedger
  ) throws(Failure) {
    guard let rows = arms.items else { throw Failure(.arms, 0) }
    var seen: Set<Label> = []
    for (index, row) in rows.enumerated() {
      // A participant named twice would hide one who is missing.
      guard let object = row.object, object.hasExactly(["arm", "subject"]),
        let subject = object["subject"]?.label, let arm = object["arm"]?.label,
        ledger.allocation(of: subject)?.arm == arm, seen.insert(subject).inserted
      else { throw Failure(.arms, index) }
    }
    guard rows.count == ledger.allocationCount else { throw Failure(.arms, rows.count) }
  }

  private static func code(_ fault: LedgerFault) -> Code {
    switch fault {
    case .index: .index
    case .chain: .chain
    case .open: .open
    case .seed: .seed
    case .scheme: .scheme
    case .entropy: .entropy
    case .duplicate: .duplicate
    case .refusable: .refusable
    case .sequence: .sequence
    case .allocation: .allocation
    case .subject: .subject
    case .kind: .kind
    }
  }
}

extension RevealedScheme {
  /// The scheme as a bundle reveals it.
  init?(_ value: CanonicalValue) {
    guard let bytes = try? value.canonicalBytes() else { return nil }
    self.init(
      epoch: value.object?["epoch"]?.integer, canonicalBytes: bytes, scheme: try? Scheme(value))
  }

  /// Whether an entry commits to this scheme, so far as its number tells.
  func isMeant(by entry: LedgerEntry, in ledger: AllocationLedger) -> Bool {
    guard case .epoch(let number, let commitment) = entry.body, epoch == number,
      (0...Int(UInt32.max)).contains(number), let seed = ledger.seed
    else { return false }
    return seed.commitment(toCanonical: canonicalBytes, epoch: number) == commitment
  }
}
