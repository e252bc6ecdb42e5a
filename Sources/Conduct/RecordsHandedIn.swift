import Store
import StudyModel

/// Records of what a blinded assessor at a site guessed and was told: handed in once, after the assessments
/// of the visit, which they close.
extension Actor {
  /// The records this role hands in at a visit.
  func recordsHandedIn(at visit: VisitCode) -> [Form] {
    definition.forms.filter { $0.visits.contains(visit) && handsIn($0) }
  }

  /// What is submitted before a record: the outcome forms of the visit that nobody but this role enters.
  func assessments(before record: Form, at visit: VisitCode) -> [FormID] {
    definition.forms.filter {
      $0.dataClass == .outcome && $0.enteredBy == [role.id] && $0.visits.contains(visit)
    }.map(\.id)
  }
}

extension EntrySubmission {
  /// Refuses a record that is saved in parts or again: there is one, and it is whole.
  func needWhole() throws(ActRefusal) {
    guard expectedVersion == 0 else { throw .closed }
    guard isFinal else {
      throw .invalid([
        Fault(
          field: "submit", code: "handed_in_once",
          sentence: "This record is handed in whole and once. Nothing was saved.")
      ])
    }
  }
}

extension Installation {
  /// What stands of a record after it was handed in, for who reads none: that it was.
  func handedIn(
    _ form: Form, _ address: EntryAddress, as actor: Actor
  ) async throws -> ReadEntry {
    guard let key = address.subject.participant else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    let states = try await session(actor) { session in
      try session.need(address.subject, in: trial)
      return try session.collection(of: key, in: trial)
    }
    let state = states.first { $0.form == form.id.text && $0.visit == address.visit.text }
    return ReadEntry(
      form: form, visit: address.visit, number: 1, version: state == nil ? 0 : 1,
      status: state == nil ? "due" : "submitted", answers: [:], author: "", enteredAt: state?.since,
      isSubmitted: state != nil, signatures: [])
  }
}
