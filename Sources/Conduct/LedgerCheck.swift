import Foundation
import Randomization
import Store
import StudyModel

/// The first thing in a trial's ledger that does not agree with the rest.
public struct LedgerFinding: Error, Sendable, Equatable, CustomStringConvertible {
  /// What does not agree; the codes up to `kind` are those of verification.
  public enum Code: String, Sendable, CaseIterable {
    case index, chain, open, signature, fork, seed, scheme, entropy, duplicate, refusable, sequence
    case allocation, subject, kind
    /// An entry cannot be read.
    case format
    /// The leaf hash beside an entry is not its hash.
    case leaf
    /// The ledger's row names another identity or key than its first entry.
    case ledger
    /// An entry after the first has no signed head.
    case headMissing = "head_missing"
    /// The signing key does not open, or is not the ledger's.
    case headKey = "head_key"
    /// An allocation entry has no allocation row.
    case rowMissing = "row_missing"
    /// An allocation row has no allocation entry.
    case rowExtra = "row_extra"
    /// An allocation row differs from its entry.
    case row
    /// A disclosure, void or correction has no record beside its entry.
    case recordMissing = "record_missing"
    /// A record of a disclosure, void or correction has no entry.
    case recordExtra = "record_extra"
    /// A record of a disclosure, void or correction differs from its entry.
    case record
    /// The box of an arm does not open at its place.
    case armBox = "arm_box"
    /// The arm in a box is not the one drawn.
    case arm
    /// The participant's record differs from the allocation.
    case participant
    /// A participant is recorded as randomized without an allocation.
    case participantExtra = "participant_extra"
    /// The ledger's row counts other entries than there are.
    case size
    /// The ledger's row names another last leaf.
    case lastLeaf = "last_leaf"
    /// The ledger's row counts other allocations than there are.
    case allocationCount = "allocation_count"
    /// The ledger's row names another last allocation.
    case lastAllocation = "last_allocation"
    /// A site counts other participants randomized than there are.
    case siteTotal = "site_total"
    /// There is no ledger, though somebody was randomized or a witness keeps heads of one.
    case absent
    /// A witness keeps a head that is not one over these entries.
    case witness
  }

  /// The code.
  public let code: Code
  /// The entry, or for counters the number of entries.
  public let index: Int

  /// Makes a finding.
  public init(_ code: Code, _ index: Int) {
    self.code = code
    self.index = index
  }

  /// The code and the place, as the audit trail has them.
  public var description: String { "\(code.rawValue) at entry \(index)" }

  /// What it means, for who looks after the randomization; no arm and no value.
  public var sentence: String {
    switch code {
    case .index, .format: "Entry \(index) is missing, out of place or unreadable."
    case .chain, .leaf: "Entry \(index) was changed after it was written."
    case .open, .ledger: "The ledger does not begin with the entry that opened it."
    case .signature, .fork: "The signed head over entry \(index) vouches for another history."
    case .headMissing: "The signed head over entry \(index) is missing."
    case .headKey: "The key that signs heads is not the one of this ledger."
    case .seed, .scheme, .entropy: "Seed, scheme or entropy at entry \(index) do not fit."
    case .duplicate, .refusable, .sequence, .allocation, .subject, .kind:
      "Entry \(index) does not follow from the rules of the scheme."
    case .rowMissing, .rowExtra, .row: "The allocation record of entry \(index) differs from it."
    case .recordMissing, .record:
      "What is recorded of the disclosure or correction of entry \(index) differs from it."
    case .recordExtra:
      "A disclosure or correction is recorded with entry \(index), which is missing or another: the "
        + "ledger was cut off or rewritten."
    case .armBox, .arm: "The sealed record of entry \(index) is not the one made with it."
    case .participant: "The participant's record differs from entry \(index)."
    case .participantExtra: "A participant is recorded as randomized without an entry."
    case .size, .lastLeaf, .allocationCount, .lastAllocation:
      "The ledger's counters differ from its entries."
    case .siteTotal: "A site counts other participants randomized than there are."
    case .absent: "The ledger is missing, though there was one: it was removed behind the program."
    case .witness:
      "The entries are not those a witness keeps a signed head of, over the first \(index): ledger or "
        + "file was rewritten or cut off."
    }
  }
}

/// Recomputes a trial's ledger from its rows and compares everything that is stored of it.
struct LedgerCheck {
  let rows: LedgerRows
  let keys: KeyRing
  let trial: TrialID

  /// The ledger, followed from its first entry; stops at the first thing that does not agree.
  func followed() throws(LedgerFinding) -> OpenLedger {
    let entries = try readEntries()
    guard let first = entries.first, case .open(let opening) = first.body else {
      throw LedgerFinding(.open, 0)
    }
    guard opening.ledger.bytes == rows.ledger, opening.key.bytes == rows.publicKey else {
      throw LedgerFinding(.ledger, 0)
    }
    let signing = try signingKey(opening)
    let heads = try signedHeads(opening)
    let state = try replay(entries, heads: heads)
    try compareAllocations(state, entries)
    try compareRecords(entries)
    try compareParticipants(state)
    try compareCounters(state)
    return OpenLedger(state: state, signing: signing)
  }

  /// Compares the heads a witness keeps with the entries.
  func compare(_ witnessed: [SignedHead]) throws(LedgerFinding) {
    guard let key = VerifyingKey(rows.publicKey) else { throw LedgerFinding(.ledger, 0) }
    let sizes = Set(witnessed.map(\.head.size))
    var tree = MerkleFrontier()
    var roots: [Int: Fingerprint] = [:]
    for entry in try readEntries() {
      tree.append(entry.leaf)
      if sizes.contains(tree.size) { roots[tree.size] = tree.root }
    }
    for signed in witnessed {
      guard signed.head.ledger.bytes == rows.ledger, signed.isSigned(by: key),
        roots[signed.head.size] == signed.head.root
      else { throw LedgerFinding(.witness, signed.head.size) }
    }
  }

  private func readEntries() throws(LedgerFinding) -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    entries.reserveCapacity(rows.entries.count)
    for (index, row) in rows.entries.enumerated() {
      guard row.index == index else { throw LedgerFinding(.index, index) }
      guard let entry = try? LedgerEntry(canonical: row.entry) else {
        throw LedgerFinding(.format, index)
      }
      guard entry.index == index else { throw LedgerFinding(.index, index) }
      guard entry.previous == entries.last?.leaf ?? .zero else {
        throw LedgerFinding(.chain, index)
      }
      guard entry.leaf.bytes == row.leaf else { throw LedgerFinding(.leaf, index) }
      entries.append(entry)
    }
    return entries
  }

  private func signingKey(_ opening: LedgerEntry.Opening) throws(LedgerFinding) -> SigningKey {
    guard let box = rows.headKeyBox,
      let bytes = try? keys.open(box, for: .headKey(trial: trial)),
      let signing = SigningKey(secureBytes: bytes), signing.verifyingKey == opening.key
    else { throw LedgerFinding(.headKey, 0) }
    return signing
  }

  /// The heads by size, each signed by the ledger's key.
  private func signedHeads(
    _ opening: LedgerEntry.Opening
  ) throws(LedgerFinding) -> [Int: LedgerHead] {
    var heads: [Int: LedgerHead] = [:]
    for row in rows.heads {
      let index = Int(row.size) - 1
      guard let head = LedgerHead(canonical: row.head),
        SignedHead(head: head, signature: row.signature).isSigned(by: opening.key)
      else { throw LedgerFinding(.signature, index) }
      guard head.size == Int(row.size), head.ledger == opening.ledger,
        head.size <= rows.entries.count
      else { throw LedgerFinding(.fork, index) }
      heads[head.size] = head
    }
    return heads
  }

  private func replay(
    _ entries: [LedgerEntry], heads: [Int: LedgerHead]
  ) throws(LedgerFinding) -> AllocationLedger {
    guard let seedBox = rows.seedBox, let identity = LedgerIdentity(rows.ledger),
      let seed = try? keys.seed(in: seedBox, of: identity),
      var state = try? AllocationLedger(opening: entries[0], seed: seed)
    else { throw LedgerFinding(.seed, 0) }
    try compareHead(state, heads)
    for entry in entries.dropFirst() {
      do {
        try state.apply(entry, scheme: try scheme(of: entry))
      } catch let fault as LedgerFault {
        throw LedgerFinding(LedgerFinding.Code(rawValue: fault.rawValue) ?? .kind, entry.index)
      } catch {
        throw LedgerFinding(.scheme, entry.index)
      }
      // Every act signs a head over its entry; the opening alone is covered by that of the commitment after it.
      guard heads[state.size] != nil else { throw LedgerFinding(.headMissing, entry.index) }
      try compareHead(state, heads)
    }
    return state
  }

  private func scheme(of entry: LedgerEntry) throws -> Scheme? {
    guard case .epoch(let number, _) = entry.body else { return nil }
    guard rows.schemeBoxes.indices.contains(number - 1) else { return nil }
    return try Scheme(
      parsing: keys.open(rows.schemeBoxes[number - 1], for: .scheme(trial: trial, epoch: number)))
  }

  private func compareHead(
    _ state: AllocationLedger, _ heads: [Int: LedgerHead]
  ) throws(LedgerFinding) {
    guard let head = heads[state.size] else { return }
    guard head.root == state.root else { throw LedgerFinding(.fork, state.size - 1) }
  }

  private func compareAllocations(
    _ state: AllocationLedger, _ entries: [LedgerEntry]
  ) throws(LedgerFinding) {
    var rest = rows.allocations[...]
    for draw in state.allocations {
      guard let index = draw.recordedIn else { continue }
      if let row = rest.first, row.index < index { throw LedgerFinding(.rowExtra, Int(row.index)) }
      guard let row = rest.first, row.index == index else {
        throw LedgerFinding(.rowMissing, index)
      }
      rest = rest.dropFirst()
      let entry = entries[index]
      guard row.requestID == draw.requestID.text, row.participant == draw.subject.text,
        row.stratum == draw.stratum.bytes, row.epoch == draw.epoch, row.position == draw.seq,
        LedgerTime.text(row.at) == entry.at, "u\(row.requestedBy)" == entry.by.text
      else { throw LedgerFinding(.row, index) }
      guard
        let arm = try? ArmBox.opened(
          row.armBox, ledger: state.identity, entry: index, key: keys.boxKey)
      else { throw LedgerFinding(.armBox, index) }
      guard arm == draw.arm else { throw LedgerFinding(.arm, index) }
    }
    if let row = rest.first { throw LedgerFinding(.rowExtra, Int(row.index)) }
  }

  /// Disclosures, voids and corrections with their entries, both ways: whoever cuts the end off the ledger, its heads
  /// and counters with it, leaves these behind.
  private func compareRecords(_ entries: [LedgerEntry]) throws(LedgerFinding) {
    var rest = rows.recorded[...]
    for entry in entries {
      guard let told = Self.recorded(by: entry) else { continue }
      if let row = rest.first, row.index < entry.index {
        throw LedgerFinding(.recordExtra, Int(row.index))
      }
      guard let row = rest.popFirst(), row.index == entry.index else {
        throw LedgerFinding(.recordMissing, entry.index)
      }
      guard row.kind == told.kind, row.participant == told.subject.text,
        row.reason == told.reason.text, "u\(row.recordedBy)" == entry.by.text
      else { throw LedgerFinding(.record, entry.index) }
    }
    if let row = rest.first { throw LedgerFinding(.recordExtra, Int(row.index)) }
  }

  private static func recorded(
    by entry: LedgerEntry
  ) -> (kind: String, subject: Label, reason: Label)? {
    switch entry.body {
    case .void(let subject, let reason): ("void", subject, reason)
    case .correct(let subject, _, let reason): ("correct", subject, reason)
    case .unblind(let subject, let reason): ("unblind", subject, reason)
    case .open, .epoch, .entropy, .allocate, .note, .close: nil
    }
  }

  private func compareParticipants(_ state: AllocationLedger) throws(LedgerFinding) {
    var randomized: [String: LedgerRows.Randomized] = [:]
    for row in rows.randomized { randomized[row.participant] = row }
    for row in rows.allocations {
      guard let person = randomized.removeValue(forKey: row.participant),
        person.at == row.at, person.site == row.site, let number = person.number,
        rows.auditedNumbers[row.participant] == String(number)
      else { throw LedgerFinding(.participant, Int(row.index)) }
    }
    guard randomized.isEmpty else { throw LedgerFinding(.participantExtra, state.size) }
  }

  private func compareCounters(_ state: AllocationLedger) throws(LedgerFinding) {
    guard rows.size == state.size else { throw LedgerFinding(.size, state.size) }
    guard rows.lastLeaf == state.lastLeaf.bytes else { throw LedgerFinding(.lastLeaf, state.size) }
    guard rows.allocationCount == rows.allocations.count else {
      throw LedgerFinding(.allocationCount, state.size)
    }
    guard rows.lastAllocation == rows.allocations.last?.index ?? -1 else {
      throw LedgerFinding(.lastAllocation, state.size)
    }
    var totals: [String: Int] = [:]
    for row in rows.allocations { totals[row.site, default: 0] += 1 }
    for (site, count) in rows.siteTotals where count != totals[site, default: 0] {
      throw LedgerFinding(.siteTotal, state.size)
    }
  }
}
