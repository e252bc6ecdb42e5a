import Foundation
import Randomization
import Store
public import StudyModel

/// How a trial's ledger stands, for who looks after the randomization.
public struct LedgerStanding: Sendable {
  /// The number of entries.
  public let entries: Int
  /// The newest signed head as canonical JSON, nil before the first.
  public let head: String?
  /// The root of the newest head.
  public let root: String
  /// The instant of the newest head.
  public let headAt: String
  /// The last check by this daemon, nil before the first.
  public let verdict: LedgerVerdict?
}

/// The proof that one signed head continues another.
public struct ConsistencyProof: Sendable, Encodable {
  /// The smaller size.
  public let first: Int
  /// The larger size.
  public let second: Int
  /// The root over the first entries.
  public let firstRoot: String
  /// The root over all of them.
  public let secondRoot: String
  /// The path of RFC 9162, section 2.1.4.
  public let path: [String]

  private enum CodingKeys: String, CodingKey {
    case first, second, path
    case firstRoot = "first_root"
    case secondRoot = "second_root"
  }
}

extension Installation {
  /// Entries count acts that blinded people may not know of: heads and counts are for those who
  /// look after the randomization and for the monitoring committee.
  private func needLedgerReader(_ actor: Actor) throws(ActRefusal) {
    let isReader =
      actor.role.can(.draftRandomization) || actor.role.can(.approveRandomization)
      || actor.role.can(.readClosedReport)
    guard isReader else { throw .notFound }
  }

  /// How the ledger stands; `notFound` before one was opened.
  public func ledgerStanding(as actor: Actor) async throws -> LedgerStanding {
    try needLedgerReader(actor)
    let trial = actor.trial.id
    let found = try await session(actor, on: .custodian) { session in
      (ledger: try session.ledger(of: trial), head: try session.latestHead(in: trial))
    }
    guard let ledger = found.ledger else { throw ActRefusal.notFound }
    let head = found.head.flatMap { LedgerHead(canonical: $0.head) }
    let signed = head.flatMap { head in
      found.head.map { SignedHead(head: head, signature: $0.signature).canonicalBytes }
    }
    return LedgerStanding(
      entries: Int(ledger.size), head: signed.map { String(decoding: $0, as: UTF8.self) },
      root: head?.root.hex ?? "", headAt: head?.at ?? "", verdict: ledgerGuard.verdict(of: trial))
  }

  /// All signed heads, one canonical JSON a line, as witnesses keep them.
  public func ledgerHeads(as actor: Actor) async throws -> String {
    try needLedgerReader(actor)
    let trial = actor.trial.id
    let heads = try await session(actor, on: .custodian) { try $0.heads(in: trial) }
    return heads.compactMap { stored in
      LedgerHead(canonical: stored.head).map { head in
        String(
          decoding: SignedHead(head: head, signature: stored.signature).canonicalBytes,
          as: UTF8.self) + "\n"
      }
    }.joined()
  }

  /// Signs a head of the ledger as it stands now, and gives it to the witness.
  public func signHead(as actor: Actor) async throws -> String {
    try needLedgerReader(actor)
    let head = try await signHead(of: actor.trial)
    return String(decoding: head.canonicalBytes, as: UTF8.self)
  }

  /// Checks the ledger now.
  public func checkLedger(as actor: Actor) async throws -> LedgerVerdict {
    try needLedgerReader(actor)
    guard let verdict = try await checkLedger(of: actor.trial) else { throw ActRefusal.notFound }
    return verdict
  }

  /// The proof that the ledger of a size continues the one of a smaller size.
  public func consistencyProof(
    from first: Int, to second: Int, as actor: Actor
  ) async throws -> ConsistencyProof {
    try needLedgerReader(actor)
    let trial = actor.trial.id
    let found = try await session(actor, on: .custodian) { session in
      try session.leaves(first: max(0, second), in: trial)
    }
    let leaves = found.compactMap { Fingerprint($0) }
    guard first >= 1, first <= second, leaves.count == second else {
      throw ActRefusal.invalid([
        Fault(
          field: "second", code: "bad_sizes",
          sentence: "Two sizes are needed, the first from 1 up to the second, and the second up to "
            + "the number of entries.")
      ])
    }
    let tree = MerkleTree(leaves: leaves)
    return ConsistencyProof(
      first: first, second: second, firstRoot: tree.root(size: first).hex,
      secondRoot: tree.root().hex,
      path: tree.consistencyPath(first: first, second: second).map(\.hex))
  }

  /// The ledger receipt of a randomization of the site, the same bytes as were given with it.
  public func receipt(of participant: ParticipantKey, as actor: Actor) async throws -> String {
    try actor.need(.randomize)
    let trial = actor.trial.id
    let found = try await session(actor, on: .allocator) { session in
      try session.proof(of: participant, in: trial)
    }
    guard let found, let head = LedgerHead(canonical: found.head),
      let leaf = found.leaves.last.flatMap({ Fingerprint($0) })
    else { throw ActRefusal.notFound }
    let tree = MerkleTree(leaves: found.leaves.compactMap { Fingerprint($0) })
    let receipt = SiteReceipt(
      index: found.index, leaf: leaf,
      inclusionPath: tree.inclusionPath(index: found.index, size: found.index + 1),
      signedHead: SignedHead(head: head, signature: found.signature))
    return String(decoding: receipt.canonicalBytes, as: UTF8.self)
  }
}
