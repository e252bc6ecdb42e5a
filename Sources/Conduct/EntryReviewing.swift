import Foundation
import Store
public import StudyModel

extension Installation {
  // MARK: Drafts

  /// Keeps what was typed and not saved: for its author alone, and no data.
  ///
  /// - Parameters:
  ///   - version: the version it was typed over, 0 for none.
  ///   - typed: names of boxes to the texts in them.
  /// - Returns: the instant of keeping.
  public func keepDraft(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    version: Int, typed: [String: [String]], as actor: Actor
  ) async throws -> UTCInstant {
    try actor.need(.enterForms)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    let form = try actor.entersForm(form, at: visit, of: owner.subject)
    try form.needNumber(number)
    guard actor.keepsDrafts(of: form) else { throw ActRefusal.notFound }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(typed), as: UTF8.self)
    guard json.utf8.count <= 200_000, version >= 0 else {
      throw ActRefusal.invalid([
        Fault(code: "draft_too_long", sentence: "This is too much for one form. Nothing was kept.")
      ])
    }
    return try await session(actor) { session in
      try session.keepDraft(
        EntryAddress(owner, form.id, visit, number: number), in: form.dataClass,
        version: version, typed: json)
    }
  }

  /// Removes the actor's own draft.
  public func discardDraft(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    as actor: Actor
  ) async throws {
    try actor.need(.enterForms)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    let form = try actor.entersForm(form, at: visit, of: owner.subject)
    try form.needNumber(number)
    guard actor.keepsDrafts(of: form) else { throw ActRefusal.notFound }
    try await session(actor) { session in
      try session.discardDraft(
        EntryAddress(owner, form.id, visit, number: number), in: form.dataClass)
    }
  }

  // MARK: Source verification

  /// Records that a form agrees with its source, or that single fields do.
  ///
  /// - Parameter fields: the fields compared; none stands for the form as a whole.
  public func verifySource(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    version: Int, fields: [FieldID], as actor: Actor
  ) async throws -> UTCInstant {
    try actor.need(.verifySource)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    let form = try actor.reviewsForm(form, at: visit, of: owner.subject)
    try form.needNumber(number)
    guard actor.reads(form) else { throw ActRefusal.notFound }
    let known = fields.allSatisfy { form.field($0)?.isCalculated == false }
    guard known, Set(fields).count == fields.count else {
      throw ActRefusal.invalid([
        Fault(
          field: "fields", code: "no_such_field",
          sentence: "Name fields of the form that are typed, each once. Nothing was verified.")
      ])
    }
    return try await session(actor) { session in
      try session.verify(
        EntryAddress(owner, form.id, visit, number: number), in: form.dataClass,
        version: version, fields: fields.isEmpty ? [""] : fields.map(\.text),
        name: actor.fullName)
    }
  }

  // MARK: Freezing

  /// Closes a submitted form for changes; one that is to be signed once it is.
  public func freezeEntry(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    version: Int, as actor: Actor
  ) async throws {
    try actor.need(.freezeForms)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    let form = try actor.reviewsForm(form, at: visit, of: owner.subject)
    try form.needNumber(number)
    guard actor.reads(form) else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    try await session(actor) { session in
      try session.freeze(
        EntryAddress(owner, form.id, visit, number: number), in: form.dataClass,
        version: version)
      guard !form.signedBy.isEmpty else { return }
      let isSigned = try session.signatures(of: owner, in: form.dataClass, trial: trial).contains {
        $0.form == form.id.text && $0.visit == visit.text && $0.number == number
          && $0.version == version && $0.voidedAt == nil
      }
      guard isSigned else { throw ActRefusal.notSignedYet }
    }
  }

  /// Opens a frozen form for changes again, with a reason.
  public func unfreezeEntry(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    version: Int, reason: String, as actor: Actor
  ) async throws {
    try actor.need(.freezeForms)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    let form = try actor.reviewsForm(form, at: visit, of: owner.subject)
    try form.needNumber(number)
    guard actor.reads(form) else { throw ActRefusal.notFound }
    try await session(actor) { session in
      try session.unfreeze(
        EntryAddress(owner, form.id, visit, number: number), in: form.dataClass,
        version: version, reason: reason)
    }
  }

  // MARK: Repeats

  /// The repeats of a form at a visit, voided ones included, in order of their numbers, and the planned
  /// ones that were not handed in yet.
  public func repeats(
    of form: FormID, at visit: VisitCode, _ owner: some EntryOwner, as actor: Actor
  ) async throws -> (form: Form, entries: [ReadEntry], missing: [String]) {
    let actor = try await readingEntries(of: owner.subject, actor)
    let form = try actor.reviewsForm(form, at: visit, of: owner.subject)
    guard form.isRepeating else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    let stored = try await session(actor) { session in
      try session.need(owner.subject, in: trial)
      return try session.entries(of: owner, in: form.dataClass, trial: trial)
        .filter { $0.form == form.id.text && $0.visit == visit.text }
        .filter { actor.mayRead(form, isOwn: $0.isOwn) }
    }
    let handedIn = try stored.map { stored in
      FormEntry(
        form: form.id, visit: visit, occurrence: stored.number, version: stored.version,
        status: EntryStatus(rawValue: stored.status) ?? .inProgress,
        answers: try AnswerText.answers(stored.answers))
    }
    return (
      form,
      try stored.map { stored in
        ReadEntry(
          form: form, visit: visit, number: stored.number, version: stored.version,
          status: stored.status, answers: try AnswerText.answers(stored.answers),
          author: stored.author, enteredAt: stored.enteredAt,
          isSubmitted: stored.submittedAt != nil, signatures: [])
      }, form.planned?.missing(among: handedIn) ?? []
    )
  }

  /// Voids a repeat that was entered in error; it stays readable and is never changed again.
  ///
  /// - Returns: the version that says so.
  public func voidEntry(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int,
    version: Int, reason: String, as actor: Actor
  ) async throws -> Int {
    try actor.need(.enterForms)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    let form = try actor.entersForm(form, at: visit, of: owner.subject)
    guard form.isRepeating, number >= 1, actor.lists(form) else {
      throw ActRefusal.notFound
    }
    let voided = try await session(actor) { session in
      try actor.need(
        form,
        session.entry(
          EntryAddress(owner, form.id, visit, number: number), in: form.dataClass,
          trial: actor.trial.id))
      return try session.void(
        EntryAddress(owner, form.id, visit, number: number), in: form.dataClass,
        version: version, reason: reason)
    }
    if let participant = owner.subject.participant {
      await derive(
        after: form.id, at: visit, number: number, of: participant, in: actor.trial,
        actor.definition)
    }
    return voided
  }
}
