import Foundation
import Randomization
import Store
public import StudyModel

/// An allocation as the site's treatment team may know it before reading the arm.
public struct PendingAllocation: Sendable {
  /// The participant.
  public let participant: ParticipantKey
  /// The randomization number.
  public let number: Int
  /// The instant of randomization.
  public let randomizedAt: UTCInstant
  /// The instant of acknowledgement, nil before.
  public let acknowledgedAt: UTCInstant?
}

/// An opened allocation.
///
/// It has no description and no encoding: only a page for who may know shows it.
public struct RevealedArm: Sendable, CustomReflectable {
  /// The participant.
  public let participant: ParticipantKey
  /// The randomization number.
  public let number: Int
  /// The arm.
  public let arm: Arm
  /// The instant of acknowledgement.
  public let acknowledgedAt: UTCInstant

  /// A mirror without children, so that no log can print the arm.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Installation {
  /// The allocations of the site, those not acknowledged only unless told otherwise.
  public func allocations(
    includingAcknowledged: Bool, as actor: Actor
  ) async throws -> [PendingAllocation] {
    try actor.need(.readAllocation)
    let found = try await session(actor) { session in
      try session.allocations(
        in: actor.trial.id, includingAcknowledged: includingAcknowledged)
    }
    return found.map {
      PendingAllocation(
        participant: $0.participant, number: $0.number, randomizedAt: $0.at,
        acknowledgedAt: $0.acknowledgedAt)
    }
  }

  /// One allocation of the site, without its arm.
  public func allocation(
    of participant: ParticipantKey, as actor: Actor
  ) async throws -> PendingAllocation {
    try actor.need(.readAllocation)
    guard
      let found = try await session(
        actor,
        { session in
          try session.allocation(of: participant, in: actor.trial.id)
        })
    else { throw ActRefusal.notFound }
    return PendingAllocation(
      participant: participant, number: found.number, randomizedAt: found.at,
      acknowledgedAt: found.acknowledgedAt)
  }

  /// Acknowledges an allocation and opens the arm; opened only after the record is durable.
  public func acknowledge(_ participant: ParticipantKey, as actor: Actor) async throws
    -> RevealedArm
  {
    try actor.need(.acknowledgeAllocation)
    try needFresh(actor)
    _ = try needKeys()
    let (found, at) = try await session(actor) { session in
      guard let found = try session.allocation(of: participant, in: actor.trial.id) else {
        throw StoreError.notFound
      }
      return (found, try session.acknowledge(participant))
    }
    return try await reveal(found, acknowledgedAt: at, actor)
  }

  /// Reads the arm of an acknowledged allocation again, by right; the reading is in the audit trail.
  public func readArm(of participant: ParticipantKey, as actor: Actor) async throws -> RevealedArm {
    try actor.need(.readAllocation)
    // The randomization manager reads the ledger, not the treatment file.
    guard actor.role.classes.contains(.treatment) else { throw ActRefusal.notFound }
    let found = try await session(actor) { session in
      guard let found = try session.allocation(of: participant, in: actor.trial.id) else {
        throw StoreError.notFound
      }
      guard found.acknowledgedAt != nil else { return found }
      let site = try session.participant(participant, in: actor.trial.id)?.site.text
      try session.note(
        "allocation read", on: participant.text, site: site ?? participant.siteText,
        in: .allocation)
      return found
    }
    guard let at = found.acknowledgedAt else {
      throw ActRefusal.notNow(
        code: "not_acknowledged", sentence: "This allocation is not acknowledged yet.")
    }
    return try await reveal(found, acknowledgedAt: at, actor)
  }

  /// The arm as far as somebody may read it, for checks of treatment forms and the visits they belong
  /// to; it is compared and not shown.
  func knownArm(of participant: ParticipantKey, _ writer: Actor) async throws -> FormulaValue? {
    guard keys != nil, writer.isUnblinded, writer.role.can(.readAllocation),
      let found = try await session(
        writer, { try $0.allocation(of: participant, in: writer.trial.id) }),
      found.acknowledgedAt != nil
    else { return nil }
    return .text(try await openedArm(found, writer).code.text)
  }

  /// Refuses to hand in a form of some arms while nobody can tell whether the participant is in one of
  /// them: what is asked of the arm would find nothing, whatever was given.
  func needKnownArm(
    of participant: ParticipantKey, for form: Form, _ writer: Actor
  ) async throws {
    guard !form.arms.isEmpty else { return }
    _ = try needKeys()
    guard try await knownArm(of: participant, writer) != nil else { throw ActRefusal.armUnknown }
  }

  private func reveal(
    _ found: StoredAllocation, acknowledgedAt: UTCInstant, _ actor: Actor
  ) async throws -> RevealedArm {
    RevealedArm(
      participant: found.participant, number: found.number, arm: try await openedArm(found, actor),
      acknowledgedAt: acknowledgedAt)
  }

  private func openedArm(_ found: StoredAllocation, _ actor: Actor) async throws -> Arm {
    let keys = try needKeys()
    let context = actor.context(at: clock.now)
    let ledger = try await store.session(.allocator, context) {
      try $0.ledger(of: actor.trial.id)
    }
    guard let ledger, let identity = LedgerIdentity(ledger.ledger) else {
      throw ActRefusal.notFound
    }
    let label: Label
    do throws(ActRefusal) {
      label = try ArmBox.opened(
        found.armBox, ledger: identity, entry: Int(found.index), key: keys.boxKey)
    } catch {
      throw try await isKeyOutdated() ? ActRefusal.keyWrong : ActRefusal.sealDamaged
    }
    guard let code = try? ArmCode(parsing: label.text), let arm = actor.definition.arm(code) else {
      throw ActRefusal.keyWrong
    }
    return arm
  }
}
