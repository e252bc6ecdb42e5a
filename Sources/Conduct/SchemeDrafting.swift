import Foundation
import Randomization
import Store
public import StudyModel

/// Where a candidate scheme comes from.
public enum SchemeSource: Sendable, Equatable {
  /// The study's definition.
  case definition
  /// A method with sound settings, for the arms and factors of the scheme in force or, before one
  /// is, of the definition.
  case suggestion(SchemeSuggestion)
  /// A scheme as JSON; version, ledger and epoch may be left out.
  case json([UInt8])
}

/// A scheme in words, for the people who may see schemes.
public struct SchemeSummary: Sendable, Equatable {
  /// One part of a scheme by its name.
  public struct Part: Sendable, Equatable {
    /// The name.
    public let name: String
    /// What it says.
    public let value: String
  }

  /// Something to weigh before committing to it.
  public struct Advice: Sendable, Equatable, Codable {
    /// The stable code.
    public let code: String
    /// The sentence.
    public let sentence: String
  }

  /// The epoch it is for.
  public let epoch: Int
  /// The method in words.
  public let method: String
  /// The shares of the arms.
  public let ratio: String
  /// Its parts.
  public let parts: [Part]
  /// What to weigh.
  public let advice: [Advice]
  /// The scheme as JSON on indented lines.
  public let text: String

  init(_ scheme: Scheme, planned: Int) {
    epoch = scheme.epoch
    method = scheme.methodInWords
    ratio = scheme.ratioInWords
    parts = scheme.partsInWords.map { Part(name: $0.name, value: $0.value) }
    advice = scheme.advisories(plannedParticipants: planned).map {
      Advice(code: $0.rawValue, sentence: $0.description)
    }
    text = scheme.readableText
  }
}

/// A candidate scheme, for the people who may see schemes.
public struct SchemeDraft: Sendable {
  /// The number of the candidate.
  public let number: Int
  /// The scheme in words.
  public let summary: SchemeSummary
  /// When it was drafted.
  public let draftedAt: UTCInstant
  /// Whether a scheme is in force that it would follow.
  public let isAmendment: Bool
  /// What it changes against the scheme in force; empty before one is.
  public let differences: [String]
  /// The latest simulation that holds it, nil before one did.
  public let simulation: Int?
  let scheme: Scheme
}

extension Installation {
  /// Keeps a candidate scheme; nothing is committed to, and it can be withdrawn.
  public func draftScheme(_ source: SchemeSource, as actor: Actor) async throws -> Int {
    try actor.need(.draftRandomization)
    let keys = try needKeys()
    let fresh = random.bytes(LedgerIdentity.length)
    return try await session(actor, on: .custodian) { session in
      let desk = try DraftingDesk(session, keys: keys, actor: actor, shelf: ledgers)
      guard let identity = desk.identity ?? LedgerIdentity(fresh) else {
        throw ActRefusal.keyMissing
      }
      let scheme = try desk.scheme(source, ledger: identity)
      let number = (desk.stored.last?.number ?? 0) + 1
      let box = try keys.seal(
        scheme.canonicalBytes, for: .schemeDraft(trial: actor.trial.id, draft: number))
      try session.keepDraft(number, box: box, by: actor.user, in: actor.trial.id)
      try session.note("scheme drafted", fixing: "candidate", to: String(number))
      return number
    }
  }

  /// Withdraws a candidate; what is committed to cannot be withdrawn.
  public func withdrawDraft(_ number: Int, as actor: Actor) async throws {
    try actor.need(.draftRandomization)
    try await session(actor, on: .custodian) { session in
      guard
        try session.schemeDrafts(in: actor.trial.id).contains(where: { $0.number == number })
      else { throw ActRefusal.notFound }
      guard try session.closeDraft(number, in: actor.trial.id) else {
        throw ActRefusal.notNow(
          code: "draft_closed",
          sentence: "This candidate is withdrawn or committed to already, and a commitment cannot "
            + "be undone. Nothing was changed.")
      }
      try session.note("scheme withdrawn", fixing: "candidate", to: String(number))
    }
  }

  /// The candidates that can be simulated and committed to.
  public func schemeDrafts(as actor: Actor) async throws -> [SchemeDraft] {
    try Self.needSight(of: actor)
    let keys = try needKeys()
    return try await session(actor, on: .custodian) { session in
      let desk = try DraftingDesk(session, keys: keys, actor: actor, shelf: ledgers)
      let reports = try SimulationShelf(session, keys: keys, trial: actor.trial.id)
      return try desk.open(reports)
    }
  }

  /// The scheme last committed to, nil before there is one.
  public func committedScheme(as actor: Actor) async throws -> SchemeSummary? {
    try Self.needSight(of: actor)
    let keys = try needKeys()
    return try await session(actor, on: .custodian) { session in
      try session.schemes(in: actor.trial.id).last.map {
        SchemeSummary(
          try Scheme(
            parsing: keys.open($0.box, for: .scheme(trial: actor.trial.id, epoch: $0.epoch))),
          planned: actor.definition.randomization.plannedTotal)
      }
    }
  }

  /// Refuses, as for what does not exist, who may not see schemes.
  static func needSight(of actor: Actor) throws(ActRefusal) {
    guard actor.role.can(.draftRandomization) || actor.role.can(.approveRandomization) else {
      throw .notFound
    }
  }
}

/// The candidates of a trial beside its ledger, within one transaction.
struct DraftingDesk {
  let stored: [StoredDraft]
  let ledger: OpenLedger?
  private let keys: KeyRing
  private let actor: Actor

  init(_ session: Session, keys: KeyRing, actor: Actor, shelf: LedgerShelf) throws {
    let trial = actor.trial.id
    self.keys = keys
    self.actor = actor
    stored = try session.schemeDrafts(in: trial)
    ledger =
      try session.ledger(of: trial) == nil
      ? nil : try LedgerReplay(keys: keys, trial: trial).current(session, from: shelf.find(trial))
  }

  /// The ledger's identity, or the one the first candidates were drafted for.
  var identity: LedgerIdentity? {
    if let ledger { return ledger.state.identity }
    return try? stored.last { $0.closedAt == nil }.map { try scheme(of: $0).ledger }
  }

  /// The scheme allocations were last made by.
  var inForce: Scheme? { ledger?.state.lastSchemeInForce }

  /// The candidates that are neither withdrawn nor committed to.
  func open(_ reports: SimulationShelf) throws -> [SchemeDraft] {
    try stored.filter { $0.closedAt == nil }.map { stored in
      let scheme = try scheme(of: stored)
      return SchemeDraft(
        number: stored.number,
        summary: SchemeSummary(
          scheme, planned: actor.definition.randomization.plannedTotal),
        draftedAt: stored.draftedAt, isAmendment: inForce != nil,
        differences: inForce.map(scheme.differences) ?? [],
        simulation: reports.latest(of: scheme, draft: stored.number)?.number, scheme: scheme)
    }
  }

  /// The scheme of a source, held to the rules of schemes, of this ledger and of this study.
  func scheme(_ source: SchemeSource, ledger identity: LedgerIdentity) throws -> Scheme {
    let epoch = ledger?.state.nextEpoch ?? 1
    let scheme: Scheme
    do {
      switch source {
      case .definition:
        scheme = try SchemeOfDefinition.scheme(
          actor.definition, ledger: identity, epoch: epoch)
      case .suggestion(let suggestion):
        scheme = try suggestion.scheme(like: try base(identity, epoch: epoch))
      case .json(let bytes):
        scheme = try Scheme(try Self.completed(bytes, ledger: identity, epoch: epoch))
      }
    } catch let refusal as SchemeRefusal {
      throw ActRefusal.invalid(Self.faults(refusal))
    }
    try check(scheme, ledger: identity)
    return scheme
  }

  /// Refuses a scheme that may not be the next epoch of this trial.
  func check(_ scheme: Scheme, ledger identity: LedgerIdentity) throws {
    let fault: SchemeFault? =
      if let ledger {
        ledger.state.fault(ofNext: scheme)
      } else if scheme.ledger != identity {
        .otherLedger
      } else {
        scheme.epoch == 1 ? nil : .succession
      }
    if let fault { throw ActRefusal.invalid(Self.faults(.badScheme([fault]))) }
    let faults = SchemeOfDefinition.faults(of: scheme, actor.definition)
    guard faults.isEmpty else { throw ActRefusal.invalid(faults) }
  }

  /// The arms and factors a suggestion starts from.
  private func base(_ identity: LedgerIdentity, epoch: Int) throws -> Scheme {
    guard let inForce else {
      return try SchemeOfDefinition.scheme(actor.definition, ledger: identity, epoch: epoch)
    }
    return try Scheme(
      ledger: identity, epoch: epoch, arms: inForce.arms, factors: inForce.factors,
      strata: inForce.strata, method: inForce.method, caps: inForce.caps, void: inForce.void,
      correct: inForce.correct)
  }

  private func scheme(of stored: StoredDraft) throws -> Scheme {
    try Scheme(
      parsing: keys.open(
        stored.box, for: .schemeDraft(trial: actor.trial.id, draft: stored.number)))
  }

  /// The JSON with version, ledger and epoch filled in where they were left out.
  private static func completed(
    _ bytes: [UInt8], ledger: LedgerIdentity, epoch: Int
  ) throws(SchemeRefusal) -> CanonicalValue {
    let value = try Scheme.value(parsing: bytes)
    guard let object = value.object else { return value }
    var members: [Label: CanonicalValue] = [
      "v": .integer(1), "ledger": .string(Label(ledger.hex)), "epoch": .integer(epoch),
    ]
    for member in object.members { members[member.key] = member.value }
    return .object(CanonicalObject(members))
  }

  static func faults(_ refusal: SchemeRefusal) -> [Fault] {
    switch refusal {
    case .notCanonical(_, let place):
      [
        Fault(
          field: place.path.isEmpty ? "scheme" : place.path, code: refusal.code,
          sentence: "scheme: \(refusal.description)")
      ]
    case .badScheme(let faults):
      faults.map {
        Fault(
          field: $0.field, code: refusal.code,
          sentence: "\($0.field): \($0.description) Nothing was drafted.")
      }
    }
  }
}
