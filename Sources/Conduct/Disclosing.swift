import Foundation
import Randomization
public import Store
public import StudyModel

/// Why one participant's arm is opened before the end; the only words of it the ledger holds.
public enum DisclosureGround: String, Sendable, CaseIterable {
  /// Care now depends on knowing the treatment.
  case treatmentDecision = "CARE"
  /// A reaction whose care differs by arm.
  case adverseReaction = "REACTION"
  /// An overdose or an interaction.
  case overdose = "OVERDOSE"
  /// Another ground of care, told in words.
  case other = "OTHER"
  /// The expedited report of one serious event.
  case expeditedReport = "REPORT"

  /// The grounds of an emergency.
  public static let ofEmergency: [DisclosureGround] = [
    .treatmentDecision, .adverseReaction, .overdose, .other,
  ]

  /// The ground in words.
  public var title: String {
    switch self {
    case .treatmentDecision: "Care now depends on knowing the treatment"
    case .adverseReaction: "A reaction whose care depends on the treatment"
    case .overdose: "An overdose or an interaction"
    case .other: "Another ground of care"
    case .expeditedReport: "Expedited report of a serious event"
    }
  }
}

/// What is asked for when one participant's arm is to be opened.
public struct DisclosureRequest: Sendable {
  /// The participant.
  public let participant: ParticipantKey
  /// The ground, empty for the report of a case.
  public let ground: String
  /// The reason in words.
  public let reason: String
  /// The number of the serious event, needed for the report of a case.
  public let eventNumber: String
  /// Whether it was asked from a page or by a program.
  public let channel: Channel

  /// Where it is shown.
  public enum Channel: String, Sendable {
    case page, api
  }

  /// Makes a request.
  public init(
    participant: ParticipantKey, ground: String, reason: String, eventNumber: String,
    channel: Channel
  ) {
    self.participant = participant
    self.ground = ground
    self.reason = reason
    self.eventNumber = eventNumber
    self.channel = channel
  }
}

/// One participant's arm opened before the end, with what proves it.
///
/// It has no description and no encoding: only the page and the answer for who may know show it.
public struct DisclosedArm: Sendable, CustomReflectable {
  /// The participant.
  public let participant: ParticipantKey
  /// The arm.
  public let arm: Arm
  /// The instant of the disclosure.
  public let at: UTCInstant
  /// The ledger entry of the allocation.
  public let entry: Int
  /// The seal that entry holds, in hexadecimal digits.
  public let seal: String
  /// The key that proves this arm and no other, in hexadecimal digits.
  public let sealKey: String

  /// A mirror without children, so that no log can print the arm.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Installation {
  /// Opens one participant's arm for an emergency or for the report of one serious event.
  ///
  /// The ledger entry, the event, the notice and the audit row are durable before the arm leaves
  /// the server. One participant an act; everybody else stays closed.
  public func disclose(
    _ request: DisclosureRequest, as actor: Actor
  ) async throws -> DisclosedArm {
    let isCase = try isCase(actor)
    try needFreshSecondFactor(actor)
    var record = try checked(request, isCase: isCase)
    record.openedBy = actor.fullName
    if isCase {
      try await needEvent(numbered: record.eventNumber, of: request.participant, as: actor)
    } else {
      record.toldRoles = told(actor)
    }
    let (opened, at) = try await recordDisclosure(record, as: actor)
    guard let code = try? ArmCode(parsing: opened.arm.text), let arm = actor.definition.arm(code)
    else { throw ActRefusal.keyMissing }
    return DisclosedArm(
      participant: request.participant, arm: arm, at: at, entry: opened.recordedIn ?? 0,
      seal: opened.seal.hex, sealKey: opened.sealKey.bytes.hex)
  }

  /// Enters afterwards that an offline envelope was opened while the server was down.
  ///
  /// Nothing is shown: who opened the envelope has read the arm.
  public func recordEnvelopeOpening(
    of participant: ParticipantKey, openedBy: String, openedAt: UTCInstant, ground: String,
    reason: String, as actor: Actor
  ) async throws {
    try actor.need(.holdEnvelopes)
    try needFresh(actor)
    guard openedAt <= clock.now else {
      throw ActRefusal.invalid([
        Fault(
          field: "opened_at", code: "in_the_future",
          sentence: "The envelope was opened in the past. Nothing was recorded.")
      ])
    }
    let request = DisclosureRequest(
      participant: participant, ground: ground, reason: reason, eventNumber: "", channel: .page)
    var record = try checked(request, isCase: false)
    record.channel = "envelope"
    record.openedBy = try GivenText.checked(
      openedBy, field: "opened_by", name: "The name of who opened it", atMost: 100)
    record.openedAt = openedAt
    record.toldRoles = told(actor)
    _ = try await recordDisclosure(record, as: actor)
  }

  /// The disclosures on record, for the randomization manager; no arm among them.
  public func disclosures(as actor: Actor) async throws -> [DisclosureEvent] {
    try actor.need(.correctRandomization)
    return try await session(actor, on: .allocator) { session in
      try session.disclosureEvents(in: actor.trial.id)
    }
  }

  private func isCase(_ actor: Actor) throws(ActRefusal) -> Bool {
    if actor.role.can(.emergencyUnblinding) { return false }
    try actor.need(.discloseCase)
    return true
  }

  /// Refuses the report of an event this participant has not had, as far as the actor is told of events.
  private func needEvent(
    numbered number: String, of participant: ParticipantKey, as actor: Actor
  ) async throws {
    let isKnown = try await seriousEvents(as: actor).contains { event in
      guard event.participant == participant.text else { return false }
      let labels = actor.definition.form(event.form)?.serialLabels ?? []
      // Where a study numbers no events, that there was one is all that can be asked.
      return labels.isEmpty
        || event.versions.contains { version in
          version.told.contains { labels.contains($0.label) && $0.answer == number }
        }
    }
    guard isKnown else {
      throw ActRefusal.invalid([
        Fault(
          field: "event_number", code: "event_unknown",
          sentence: "This participant has no serious event of this number. The list of serious "
            + "events has the numbers. Nothing was opened.")
      ])
    }
  }

  private func told(_ actor: Actor) -> [String] {
    actor.definition.roles.filter { $0.can(.readUnblindingNotices) }.map(\.id.text)
  }

  private func checked(
    _ request: DisclosureRequest, isCase: Bool
  ) throws(ActRefusal) -> DisclosureRecord {
    let ground: DisclosureGround
    if isCase {
      ground = .expeditedReport
    } else if let named = DisclosureGround(rawValue: request.ground),
      DisclosureGround.ofEmergency.contains(named)
    {
      ground = named
    } else {
      throw .invalid([
        Fault(
          field: "ground", code: "bad_ground",
          sentence: "Choose the ground of the emergency: "
            + "\(GivenText.alternatives(DisclosureGround.ofEmergency.map(\.rawValue))). Nothing was opened."
        )
      ])
    }
    let reason = try GivenText.checked(request.reason, field: "reason", name: "The reason")
    let number = request.eventNumber.trimmingCharacters(in: .whitespaces)
    guard isCase == !number.isEmpty, number.count <= 40,
      number.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw .invalid([
        Fault(
          field: "event_number", code: "event_number",
          sentence: isCase
            ? "The report of a case needs the number of its serious event, at most 40 characters "
              + "without spaces. Nothing was opened."
            : "An emergency has no event number. Nothing was opened.")
      ])
    }
    return DisclosureRecord(
      participant: request.participant, kind: isCase ? "CASE" : "EMERGENCY",
      channel: request.channel.rawValue, isPlanned: isCase, ground: ground.rawValue,
      reason: reason, eventNumber: number, openedBy: "", openedAt: nil, toldRoles: [])
  }

  private static let openedTooEarly = ActRefusal.invalid([
    Fault(
      field: "opened_at", code: "before_allocation",
      sentence: "There was no envelope before the allocation. Nothing was recorded. Correct the "
        + "instant, or the participant.")
  ])

  private func recordDisclosure(
    _ record: DisclosureRecord, as actor: Actor
  ) async throws -> (Draw, UTCInstant) {
    let subject = Label(record.participant.text)
    do {
      return try await recordInLedger(as: actor) { _ in
        // The ledger is for many to read: kind and ground from a fixed list, no words of a person.
        .unblind(subject: subject, reason: Label("\(record.kind) \(record.ground)"))
      } write: { session, entry, ledger in
        guard let draw = ledger.allocation(of: subject), let index = draw.recordedIn,
          let allocation = try session.ledgerEntries(from: Int64(index), in: actor.trial.id).first
        else { throw StoreError.notFound }
        // Both are of one form, in which the later instant is the greater text. People tell the minute, and
        // it may be that of the allocation.
        if let opened = record.openedAt,
          LedgerTime.text(opened.advanced(bySeconds: 59))
            < (try LedgerEntry(canonical: allocation)).at
        {
          throw Self.openedTooEarly
        }
        let at = try session.recordUnblinding(entry, record)
        return (draw, at)
      }
    } catch ActRefusal.closed {
      throw ActRefusal.notNow(
        code: "study_locked",
        sentence: "The study is locked and takes no record any more, so nothing was opened here. "
          + "Open the participant's offline envelope, and call the sponsor.")
    }
  }
}
