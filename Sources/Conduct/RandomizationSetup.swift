import Crypto
import Foundation
import Randomization
public import Store
import StudyModel

/// How far the randomization of a trial is set up.
public enum RandomizationState: String, Sendable, CaseIterable {
  /// Nothing drafted.
  case none
  /// A scheme is drafted and committed to; the second person is awaited.
  case drafted
  /// Approved; public entropy is awaited.
  case approved
  /// In force.
  case inForce
}

extension Installation {
  /// How far the randomization is.
  public func randomizationState(of trial: Trial) async throws -> RandomizationState {
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    let (ledger, schemes) = try await store.session(.custodian, context) { session in
      (try session.ledger(of: trial.id), try session.schemes(in: trial.id))
    }
    guard let ledger, let scheme = schemes.last else { return .none }
    if scheme.approvedBy == nil { return .drafted }
    return ledger.size >= 3 ? .inForce : .approved
  }

  /// Drafts the scheme of the definition: makes the seed, opens the ledger with the seed's
  /// commitment, and commits to the scheme before any public entropy exists.
  public func draftRandomization(entropyPlan: String, as actor: Actor) async throws {
    try actor.need(.draftRandomization)
    let keys = try needKeys()
    guard try await randomizationState(of: actor.trial) == .none else {
      throw ActRefusal.notNow(
        code: "already_drafted", sentence: "A scheme is drafted already. Nothing was changed.")
    }
    let signingBytes = random.bytes(SigningKey.length)
    guard let identity = LedgerIdentity(random.bytes(LedgerIdentity.length)),
      let seed = Seed(secureBytes: random.bytes(Seed.length)),
      let signing = SigningKey(secureBytes: signingBytes)
    else { throw ActRefusal.keyMissing }
    let scheme = try SchemeOfDefinition.scheme(actor.definition, ledger: identity)
    let at = LedgerTime.text(clock.now)
    let by = Label("u\(actor.user)")
    let opening = try LedgerEntry(
      index: 0, previous: .zero, at: at, by: by,
      body: .open(
        .init(
          ledger: identity, seedCommitment: seed.commitment, key: signing.verifyingKey,
          entropyPlan: Label(entropyPlan))))
    let epoch = try LedgerEntry(
      index: 1, previous: opening.leaf, at: at, by: by,
      body: .epoch(number: 1, commitment: seed.commitment(to: scheme)))
    let seedBox = try SecretBox(
      sealing: seed, ledger: identity, key: keys.boxKey, nonce: random.bytes(12))
    let schemeBox = try keys.seal(
      scheme.canonicalBytes, for: .scheme(trial: actor.trial.id, epoch: 1))
    let headBox = try keys.seal(signingBytes, for: .headKey(trial: actor.trial.id))
    let labelBox = try keys.seal(random.bytes(32), for: .labelKey(trial: actor.trial.id))
    var state = try AllocationLedger(opening: opening, seed: seed)
    try state.apply(epoch, scheme: scheme)
    let head = try signedHead(of: state, at: at, with: signing)
    try await session(actor, on: .custodian) { session in
      let trial = actor.trial.id
      try session.openLedger(identity.bytes, publicKey: signing.verifyingKey.bytes, in: trial)
      try session.keepSecret(.seed, box: seedBox.bytes, in: trial)
      try session.keepSecret(.headKey, box: headBox, in: trial)
      try session.keepSecret(.labelKey, box: labelBox, in: trial)
      try session.keepScheme(epoch: 1, box: schemeBox, by: actor.user, in: trial)
      try session.appendEntry(opening.canonicalBytes, at: 0, head: nil, signature: nil)
      try session.appendEntry(
        epoch.canonicalBytes, at: 1, head: head.head.canonicalBytes, signature: head.signature)
      try session.note("randomization drafted", on: "study", in: .allocation)
    }
  }

  /// Approves the drafted scheme as the second person.
  public func approveRandomization(as actor: Actor) async throws {
    try actor.need(.approveRandomization)
    try needFresh(actor)
    try await session(actor, on: .custodian) { session in
      let drafted = try session.schemes(in: actor.trial.id).last
      guard let drafted, drafted.approvedBy == nil else { throw StoreError.conflict }
      guard drafted.draftedBy != actor.user else {
        throw ActRefusal.notNow(
          code: "second_person",
          sentence: "Another person must approve what you drafted. Nothing was changed.")
      }
      _ = try session.approveScheme(epoch: drafted.epoch, by: actor.user, in: actor.trial.id)
      try session.note("randomization approved", on: "study", in: .allocation)
    }
  }

  /// Records the public entropy, which nobody could know at the commitment: the scheme is in force.
  public func recordEntropy(_ value: [UInt8], source: String, as actor: Actor) async throws {
    try actor.need(.draftRandomization)
    guard try await randomizationState(of: actor.trial) == .approved else {
      throw ActRefusal.notNow(
        code: "not_approved",
        sentence: "The scheme is not approved, or is in force already. Nothing was changed.")
    }
    guard value.count >= 16 else {
      throw ActRefusal.invalid([
        Fault(
          field: "entropy", code: "too_little_entropy",
          sentence: "Public entropy has at least 16 bytes (32 hexadecimal digits).")
      ])
    }
    let ledger = try await openLedger(of: actor.trial)
    let at = LedgerTime.text(clock.now)
    let entry = try LedgerEntry(
      index: ledger.state.size, previous: ledger.state.lastLeaf, at: at,
      by: Label("u\(actor.user)"),
      body: .entropy(epoch: 1, value: value, source: Label(source)))
    var state = ledger.state
    try state.apply(entry)
    let head = try signedHead(of: state, at: at, with: ledger.signing)
    let index = Int64(entry.index)
    try await session(actor, on: .custodian) { session in
      _ = try session.lockLedger(of: actor.trial.id)
      try session.appendEntry(
        entry.canonicalBytes, at: index, head: head.head.canonicalBytes, signature: head.signature)
      try session.note("public entropy recorded", on: "study", in: .allocation)
    }
    ledgers.keep(OpenLedger(state: state, signing: ledger.signing), for: actor.trial.id)
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

/// Opens a trial's boxes and follows its ledger from the first entry.
struct LedgerReplay {
  let keys: KeyRing
  let trial: TrialID

  func replay(
    entries: [[UInt8]], seedBox: [UInt8]?, headBox: [UInt8]?, schemes: [[UInt8]]
  ) throws -> OpenLedger {
    guard let first = entries.first, let seedBox, let headBox else {
      throw ActRefusal.notNow(
        code: "randomization_not_in_force", sentence: "The randomization is not set up yet.")
    }
    let opening = try LedgerEntry(canonical: first)
    guard case .open(let body) = opening.body else { throw LedgerFault.open }
    let seed = try keys.seed(in: seedBox, of: body.ledger)
    guard let signing = SigningKey(secureBytes: try keys.open(headBox, for: .headKey(trial: trial)))
    else { throw ActRefusal.keyMissing }
    var state = try AllocationLedger(opening: opening, seed: seed)
    try follow(&state, entries: entries.dropFirst(), schemes: schemes)
    return OpenLedger(state: state, signing: signing)
  }

  func follow(
    _ state: inout AllocationLedger, entries: some Sequence<[UInt8]>, schemes: [[UInt8]]
  ) throws {
    for bytes in entries {
      let entry = try LedgerEntry(canonical: bytes)
      if case .epoch(let number, _) = entry.body {
        guard schemes.indices.contains(number - 1) else { throw LedgerFault.scheme }
        let canonical = try keys.open(
          schemes[number - 1], for: .scheme(trial: trial, epoch: number))
        try state.apply(entry, scheme: try Scheme(parsing: canonical))
      } else {
        try state.apply(entry)
      }
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
