import Randomization
import Store

/// The commitment to a candidate, within the one transaction that writes it.
struct SchemeCommitment: Sendable {
  let actor: Actor
  let keys: KeyRing
  let random: any RandomSource
  let shelf: LedgerShelf
  let at: String
  let entropyPlan: String

  /// Writes the commitment and gives the ledger as it then is.
  func commit(_ number: Int, _ session: Session) throws -> OpenLedger {
    let trial = actor.trial.id
    try session.lockLedger(of: trial)
    switch RandomizationState(try session.schemes(in: trial)) {
    case .none, .drafted, .inForce: break
    case .approved:
      throw ActRefusal.notNow(
        code: "entropy_awaited",
        sentence: "An approved scheme awaits its public entropy. Nothing was committed to. Record "
          + "the entropy first.")
    }
    let desk = try DraftingDesk(session, keys: keys, actor: actor, shelf: shelf)
    let reports = try SimulationShelf(session, keys: keys, trial: trial)
    guard let draft = try desk.open(reports).first(where: { $0.number == number }) else {
      throw ActRefusal.notFound
    }
    try desk.check(draft.scheme, ledger: draft.scheme.ledger)
    guard let simulation = reports.latest(of: draft.scheme, draft: number) else {
      throw ActRefusal.notNow(
        code: "not_simulated",
        sentence: "This candidate was not simulated. Nothing was committed to. Simulate the "
          + "candidates first: the report is kept with the activation.")
    }
    var ledger = try desk.ledger ?? opened(for: draft.scheme, session)
    let entry = try ledger.state.entry(
      committingTo: draft.scheme, at: at, by: Label("u\(actor.user)"))
    try ledger.state.apply(entry, scheme: draft.scheme)
    let head = try signedHead(of: ledger.state, at: at, with: ledger.signing)
    let epoch = draft.scheme.epoch
    try session.keepScheme(
      epoch: epoch,
      box: try keys.seal(
        draft.scheme.canonicalBytes, for: .scheme(trial: trial, epoch: epoch)),
      simulation: simulation.number, by: actor.user, in: trial)
    try session.appendEntry(
      entry.canonicalBytes, at: Int64(entry.index), head: head.head.canonicalBytes,
      signature: head.signature)
    // The others were drafted for this epoch too, and nothing may follow it as the same.
    for other in desk.stored where other.closedAt == nil {
      _ = try session.closeDraft(
        other.number, epoch: other.number == number ? epoch : nil, in: trial)
    }
    try session.note("randomization committed", fixing: "epoch", to: String(epoch))
    try session.note(
      "simulation attached", fixing: "report SHA-256", to: (simulation.digest ?? []).hex)
    return ledger
  }

  /// A new ledger with its seed, opened by the commitment to the seed.
  private func opened(for scheme: Scheme, _ session: Session) throws -> OpenLedger {
    guard entropyPlan.count >= 3 else {
      throw ActRefusal.invalid([
        Fault(
          field: "entropy_plan", code: "missing",
          sentence: "entropy_plan: name the source of the public entropy. Nothing was committed to."
        )
      ])
    }
    let trial = actor.trial.id
    let signingBytes = random.bytes(SigningKey.length)
    guard let seed = Seed(secureBytes: random.bytes(Seed.length)),
      let signing = SigningKey(secureBytes: signingBytes)
    else { throw ActRefusal.keyMissing }
    let opening = try AllocationLedger.opening(
      .init(
        ledger: scheme.ledger, seedCommitment: seed.commitment, key: signing.verifyingKey,
        entropyPlan: Label(entropyPlan)), at: at, by: Label("u\(actor.user)"))
    let state = try AllocationLedger(opening: opening, seed: seed)
    try session.openLedger(
      scheme.ledger.bytes, publicKey: signing.verifyingKey.bytes, in: trial)
    try session.keepSecret(
      .seed,
      box: try SecretBox(
        sealing: seed, ledger: scheme.ledger, key: keys.boxKey,
        nonce: random.bytes(SecretBox.nonceLength)
      ).bytes, in: trial)
    try session.keepSecret(
      .headKey, box: try keys.seal(signingBytes, for: .headKey(trial: trial)), in: trial)
    try session.keepSecret(
      .labelKey, box: try keys.seal(random.bytes(32), for: .labelKey(trial: trial)), in: trial)
    try session.appendEntry(opening.canonicalBytes, at: 0, head: nil, signature: nil)
    return OpenLedger(state: state, signing: signing)
  }
}
