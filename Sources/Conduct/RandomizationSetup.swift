import Crypto
import Foundation
import Randomization
public import Store
import StudyModel

/// How far the latest scheme of a trial is.
public enum RandomizationState: String, Sendable, CaseIterable {
  /// Nothing is committed to.
  case none
  /// A scheme is committed to; the second person is awaited.
  case drafted
  /// Approved; public entropy is awaited.
  case approved
  /// In force.
  case inForce

  init(_ schemes: [StoredScheme]) {
    guard let latest = schemes.last else {
      self = .none
      return
    }
    self = latest.inForceAt != nil ? .inForce : latest.approvedBy != nil ? .approved : .drafted
  }
}

extension Installation {
  /// How far the latest scheme is.
  public func randomizationState(of trial: Trial) async throws -> RandomizationState {
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    return RandomizationState(
      try await store.session(.custodian, context) { try $0.schemes(in: trial.id) })
  }

  /// Commits to a candidate as the next epoch, with the latest simulation of it attached: before the
  /// first one the seed is made and committed to, and no public entropy of the epoch exists yet.
  ///
  /// From here until the public entropy nobody is randomized. It cannot be undone; a commitment
  /// that the second person does not approve is followed by another one.
  public func commitScheme(
    _ number: Int, entropyPlan: String, as actor: Actor
  ) async throws {
    try actor.need(.draftRandomization)
    try needFresh(actor)
    let keys = try needKeys()
    let commitment = SchemeCommitment(
      actor: actor, keys: keys, random: random, shelf: ledgers,
      at: LedgerTime.text(clock.now), entropyPlan: entropyPlan)
    let ledger = try await session(actor, on: .custodian) { session in
      try commitment.commit(number, session)
    }
    ledgers.keep(ledger, for: actor.trial.id)
  }

  /// Approves the scheme last committed to, as the second person.
  public func approveRandomization(as actor: Actor) async throws {
    try actor.need(.approveRandomization)
    try needFresh(actor)
    try await session(actor, on: .custodian) { session in
      let drafted = try session.schemes(in: actor.trial.id).last
      guard let drafted, drafted.approvedBy == nil else { throw StoreError.conflict }
      guard drafted.draftedBy != actor.user else {
        throw ActRefusal.notNow(
          code: "second_person",
          sentence: "Another person must approve what you committed to. Nothing was changed.")
      }
      guard
        try session.approveScheme(epoch: drafted.epoch, by: actor.user, in: actor.trial.id)
      else { throw StoreError.conflict }
      try session.note("randomization approved", fixing: "epoch", to: String(drafted.epoch))
    }
  }

  /// Records the public entropy, which nobody could know at the commitment: the scheme is in force.
  public func recordEntropy(_ value: [UInt8], source: String, as actor: Actor) async throws {
    try actor.need(.draftRandomization)
    let keys = try needKeys()
    let at = LedgerTime.text(clock.now)
    let ledger = try await session(actor, on: .custodian) { session in
      let trial = actor.trial.id
      let locked = try session.lockLedger(of: trial)
      let schemes = try session.schemes(in: trial)
      guard RandomizationState(schemes) == .approved, let latest = schemes.last else {
        throw ActRefusal.notNow(
          code: "not_approved",
          sentence: "No approved scheme awaits public entropy. Nothing was changed.")
      }
      guard value.count >= 16 else {
        throw ActRefusal.invalid([
          Fault(
            field: "entropy", code: "too_little_entropy",
            sentence: "Public entropy has at least 16 bytes (32 hexadecimal digits).")
        ])
      }
      var ledger = try LedgerReplay(keys: keys, trial: trial).current(
        session, from: ledgers.find(trial), locked: locked)
      let entry = try ledger.state.entry(
        publicEntropy: value, source: Label(source), at: at, by: Label("u\(actor.user)"))
      try ledger.state.apply(entry)
      let head = try signedHead(of: ledger.state, at: at, with: ledger.signing)
      try session.appendEntry(
        entry.canonicalBytes, at: Int64(entry.index), head: head.head.canonicalBytes,
        signature: head.signature)
      guard try session.putInForce(epoch: latest.epoch, in: trial) else {
        throw StoreError.conflict
      }
      try session.note("public entropy recorded", fixing: "epoch", to: String(latest.epoch))
      return ledger
    }
    ledgers.keep(ledger, for: actor.trial.id)
    for site in actor.definition.sites {
      envelopes?.allocated(at: site.key.text, in: actor.trial, self)
    }
  }

  /// The ledger of a trial, replayed from its first entry.
  func openLedger(of trial: Trial) async throws -> OpenLedger {
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    let keys = try needKeys()
    return try await store.session(.custodian, context) { session in
      try LedgerReplay(keys: keys, trial: trial.id).replay(
        entries: try session.ledgerEntries(from: 0, in: trial.id),
        seedBox: try session.secret(.seed, in: trial.id),
        headBox: try session.secret(.headKey, in: trial.id),
        schemes: try session.schemes(in: trial.id).map(\.box))
    }
  }
}

/// The signed head of a ledger as it stands.
func signedHead(
  of state: AllocationLedger, at instant: String, with key: SigningKey
) throws -> SignedHead {
  guard let head = LedgerHead(of: state, at: instant) else { throw LedgerFault.index }
  return head.signed(with: key)
}

/// Instants as the ledger writes them.
enum LedgerTime {
  /// `2027-01-04T09:30:00.123Z`.
  static func text(_ instant: UTCInstant) -> String {
    let milliseconds = instant.microsecondsSince1970 / 1000
    let whole = UTCInstant(microsecondsSince1970: milliseconds / 1000 * 1_000_000)
    let fraction = String(milliseconds % 1000)
    let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
    return whole.description.dropLast() + ".\(padded)Z"
  }
}
