import Foundation
public import Store
public import StudyModel

extension Installation {
  /// The certifications on record, newest first, for everybody in the trial.
  public func certifications(as actor: Actor) async throws -> [Certification] {
    let trial = actor.trial.id
    return try await session(actor, on: .access) { try $0.certifications(in: trial) }
  }

  /// Keeps that an organization certified its electronic signatures to an authority.
  public func recordCertification(
    organization: String, authority: String, sentOn: CalendarDate, reference: String,
    as actor: Actor
  ) async throws -> Int {
    try actor.need(.manageAccounts)
    try needFresh(actor)
    func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
    let (body, authority, reference) = (
      trimmed(organization), trimmed(authority), trimmed(reference)
    )
    var faults: [Fault] = []
    for (field, text, least) in [
      ("organization", body, 3), ("authority", authority, 2), ("reference", reference, 1),
    ] where !(least...200).contains(text.count) {
      faults.append(
        Fault(
          field: field, code: "bad_length", sentence: "Write \(least) to 200 characters here."))
    }
    if sentOn > CalendarDate(inUTC: clock.now) {
      faults.append(
        Fault(
          field: "sent_on", code: "in_future", sentence: "The letter is of a day in the future.")
      )
    }
    guard faults.isEmpty else { throw ActRefusal.invalid(faults) }
    return try await session(actor, on: .access) { session in
      try session.recordCertification(
        organization: body, authority: authority, sentOn: sentOn, reference: reference)
    }
  }
}
