import Crypto
import Foundation
import Randomization
import Store
public import StudyModel

/// What the person who randomized receives: a number and an instant, nothing that could tell an arm.
public struct RandomizationReceipt: Sendable, Codable, Equatable {
  /// The participant.
  public let participant: String
  /// The randomization number, `R-482913`.
  public let number: String
  /// The instant.
  public let randomizedAt: String
  /// The neutral sentence.
  public let sentence: String
  /// The ledger receipt to keep outside the server: it proves the entry and hides what it says.
  public let receipt: String

  /// The receipt of an allocation.
  init(_ participant: ParticipantKey, number: Int, at: UTCInstant, receipt: String) {
    self.participant = participant.text
    self.number = "R-\(number)"
    randomizedAt = at.description
    sentence = "The treatment team has been informed."
    self.receipt = receipt
  }
}

extension Installation {
  static let randomizeOperation = "randomize"

  /// How the preconditions of randomization stand for a participant; consumes nothing.
  public func readiness(
    of participant: ParticipantKey, as actor: Actor
  ) async throws -> [PreconditionOutcome] {
    try actor.need(.randomize)
    let actor = try await acting(actor, for: participant)
    let context = actor.context(at: clock.now)
    let json = try await refusing {
      try await store.session(.allocator, context) {
        try $0.readinessFacts(
          of: participant, reading: ReadinessScope(actor.definition.randomizationReading))
      }
    }
    guard let json else { throw ActRefusal.notFound }
    let facts = try ReadinessFacts(json: json)
    return RandomizationReadiness.evaluate(
      actor.definition.randomization,
      facts: try facts.facts(actor.definition, requester: try await requester(actor)),
      now: try facts.instant)
  }

  /// Randomizes a participant: two round trips under the trial's one lock, answered after the commit.
  ///
  /// The same request key with the same participant gives the same receipt, byte for byte. A
  /// refusal consumes no position of any stratum.
  ///
  /// - Throws: `notReady` with the codes that are not met, `requestKeyReused`, `outcomeUnknown`.
  public func randomize(
    _ participant: ParticipantKey, requestKey: String, as actor: Actor
  ) async throws -> RandomizationReceipt {
    try actor.need(.randomize)
    try Self.checkRequestKey(requestKey)
    let keys = try needKeys()
    let actor = try await acting(actor, for: participant)
    try await needCheckedLedger(of: actor.trial)
    let requester = try await requester(actor)
    let act = RandomizationAct(
      participant: participant, requestKey: requestKey, actor: actor, requester: requester,
      keys: keys, shelf: ledgers, random: random, clockWatch: clockWatch)
    for attempt in 1...8 {
      do {
        let receipt = try await refusing {
          try await store.allocate(
            actor.context(at: clock.now), operation: Self.randomizeOperation,
            requestKey: requestKey, participant: participant,
            reading: ReadinessScope(actor.definition.randomizationReading),
            replay: act.replay, decide: act.decide)
        }
        // Only told: the envelope is written afterwards, and no fault of it undoes an allocation.
        envelopes?.allocated(at: try actor.oneSite().text, in: actor.trial, self)
        witnessAllocation(receipt, in: actor.trial)
        await derive(afterRandomizing: participant, in: actor.trial)
        return receipt
      } catch ActRefusal.notReady(let outcomes) {
        // Judged before the ledger was touched: it stays on the shelf.
        throw ActRefusal.notReady(outcomes)
      } catch let error as StoreError {
        // The number was drawn before by somebody else, or another daemon moved the ledger on:
        // the transaction was undone; the same position draws the same arm again.
        ledgers.forget(actor.trial.id)
        guard case .notUnique(let constraint) = error,
          constraint == "participants_number_unique", attempt < 8
        else { throw error }
      } catch {
        ledgers.forget(actor.trial.id)
        throw error
      }
    }
    throw ActRefusal.unavailable
  }

  /// Refuses a request key that is too short to be unique or cannot stand in a header.
  public static func checkRequestKey(_ key: String) throws(ActRefusal) {
    let isPlain = key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard (16...64).contains(key.utf8.count), isPlain else {
      throw .invalid([
        Fault(
          field: "Idempotency-Key", code: "bad_request_key",
          sentence: "A request key has 16 to 64 printable characters without spaces.")
      ])
    }
  }

  private func requester(_ actor: Actor) async throws -> RequesterFacts {
    let user = actor.user
    let held = try await refusing {
      try await store.grants(of: user)
    }.filter { $0.trial == actor.trial.id }
    let roles = held.compactMap { grant in
      (try? RoleID(parsing: grant.role)).flatMap(actor.definition.role)
    }
    return RequesterFacts(
      canRandomize: actor.role.can(.randomize),
      isDelegated: held.contains {
        $0.role == actor.role.id.text && $0.site == actor.sites.setting
      },
      isOnUnblindedStaffList: roles.contains {
        $0.blinding == .unblinded || $0.blinding == .unblindedAcrossSites
      },
      reauthenticatedAt: actor.authenticatedAt)
  }
}

extension Actor {
  /// What a password or a code that is not right is to the act of randomizing: its precondition about
  /// the proof of identity is not met.
  public var refusalOfProof: ActRefusal {
    let asked = definition.randomization.preconditions.first {
      if case .reauthenticated = $0.kind { true } else { false }
    }
    guard let asked else { return .authenticationFailed }
    return .notReady([
      PreconditionOutcome(
        code: asked.code, isMet: false, sentence: asked.sentence,
        fact: "The password or the code is not right.", whereToMend: asked.whereToMend)
    ])
  }
}

/// One randomization, decided while the ledger is locked.
private struct RandomizationAct: Sendable {
  let participant: ParticipantKey
  let requestKey: String
  let actor: Actor
  let requester: RequesterFacts
  let keys: KeyRing
  let shelf: LedgerShelf
  let random: any RandomSource
  let clockWatch: ClockWatch

  var requestHash: [UInt8] {
    sha256("randomize\n\(actor.trial.key)\n\(participant.text)")
  }

  @Sendable func replay(_ reply: StoredReply) throws -> RandomizationReceipt {
    guard reply.requestHash == requestHash else { throw ActRefusal.requestKeyReused }
    return try JSONDecoder().decode(RandomizationReceipt.self, from: Data(reply.body.utf8))
  }

  @Sendable func decide(
    _ locked: LockedLedger
  ) throws -> AllocationDecision<RandomizationReceipt> {
    guard let json = locked.facts else { throw ActRefusal.notFound }
    // Here and not before: a request that was carried out gets its answer whatever the clock shows.
    guard !clockWatch.isWrong else { throw ActRefusal.clockWrong }
    let stored = try ReadinessFacts(json: json)
    let facts = try stored.facts(actor.definition, requester: requester)
    let now = try stored.instant
    let outcomes = RandomizationReadiness.evaluate(
      actor.definition.randomization, facts: facts, now: now)
    guard outcomes.allSatisfy(\.isMet) else { throw ActRefusal.notReady(outcomes) }
    var levels: [Label: Label] = [:]
    for level in try StratumDerivation.levels(actor.definition.randomization, facts) {
      levels[Label(level.factor.text)] = Label(level.level)
    }
    return try allocate(levels: levels, at: now, site: facts.site, locked)
  }

  private func allocate(
    levels: [Label: Label], at now: UTCInstant, site: SiteKey, _ locked: LockedLedger
  ) throws -> AllocationDecision<RandomizationReceipt> {
    var ledger = try LedgerReplay(keys: keys, trial: actor.trial.id).current(
      locked.session, from: shelf.take(actor.trial.id), locked: locked)
    // The definition may derive more than the epoch in force uses.
    let used = ledger.state.schemeInForce.map { Set($0.factors.map(\.id)) }
    let request = try AllocationRequest(
      requestID: Label("u\(actor.user)/\(requestKey)"), subject: Label(participant.text),
      levels: levels.filter { used?.contains($0.key) ?? true })
    let draw: Draw
    switch ledger.state.draw(request) {
    case .success(let drawn): draw = drawn
    case .failure(let refusal):
      // Nothing was drawn: the ledger is as true as before.
      shelf.keep(ledger, for: actor.trial.id)
      throw ActRefusal.notNow(code: refusal.rawValue, sentence: refusal.description)
    }
    let at = LedgerTime.text(now)
    let entry = try ledger.state.entry(for: draw, at: at, by: Label("u\(actor.user)"))
    let armBox = try ArmBox.sealing(
      draw.arm, ledger: ledger.state.identity, entry: entry.index, key: keys.boxKey,
      nonce: random.bytes(SecretBox.nonceLength))
    // The value on the shelf moves on here, so that who waits for the lock finds it there. If the
    // commit fails the shelf forgets it; who took it before that sees that its end is not stored.
    try ledger.state.apply(entry)
    let head = try signedHead(of: ledger.state, at: at, with: ledger.signing)
    // The leaf in place of the entry: the requester may not know the levels of the stratum.
    let proof = SiteReceipt(
      Receipt(entry: entry, inclusionPath: ledger.state.inclusionPathOfLast, signedHead: head))
    let number = 100_000 + random.number(below: 900_000)
    let receipt = RandomizationReceipt(
      participant, number: number, at: now,
      receipt: String(decoding: proof.canonicalBytes, as: UTF8.self))
    shelf.keep(ledger, for: actor.trial.id)
    let record = AllocationRecord(
      index: Int64(entry.index), entry: entry.canonicalBytes, head: head.head.canonicalBytes,
      signature: head.signature, requestID: request.requestID.text, participant: participant,
      site: site, stratum: draw.stratum.bytes, epoch: draw.epoch, position: Int64(draw.seq),
      armBox: armBox, number: number, at: now)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let body = String(decoding: try encoder.encode(receipt), as: UTF8.self)
    return .record(
      record, reply: StoredReply(requestHash: requestHash, status: 201, body: body), receipt)
  }
}
