import Foundation
import Store
public import StudyModel

extension Installation {
  /// How often the form that names a participant of the own site was recorded.
  public func identityVersion(
    of participant: ParticipantKey, as actor: Actor
  ) async throws -> Int {
    let site = try actor.oneSite()
    let actor = actor.under(try await definition(of: actor.trial, at: site))
    guard actor.readsIdentity, let form = actor.definition.identityForm else {
      throw ActRefusal.notFound
    }
    return try await session(actor) {
      try $0.identityVersion(of: participant, form: form.id)
    }
  }

  /// Records who a participant of the own site is, or corrects it with a reason.
  ///
  /// Answers and reason are sealed together under the key of the vault; the audit trail says that it was done
  /// and not of which fields, since even that somebody has them tells of a person.
  /// - Parameters:
  ///   - expected: the version that was read, 0 for the first.
  ///   - reason: why it differs; needed from the second version on.
  /// - Throws: `notFound` for other sites and for roles that do not fill it in, `invalid`, `reasonMissing`,
  ///   `stale`, `unchanged`.
  public func recordIdentity(
    of key: ParticipantKey, _ answers: [FieldID: FieldAnswer], expected: Int, reason: String,
    as actor: Actor
  ) async throws -> SavedEntry {
    let site = try actor.oneSite()
    let actor = actor.under(try await definition(of: actor.trial, at: site))
    guard actor.writesIdentity, let form = actor.definition.identityForm,
      let visit = form.visits.first
    else { throw ActRefusal.notFound }
    let keys = try needKeys()
    let participant = try await participant(key, as: actor)
    // Its readers are blinded too: nobody who knows the arm writes what they read.
    guard participant.randomizedAt == nil || !actor.isUnblinded else { throw ActRefusal.notFound }
    let checked = try await check(answers, form, visit, participant, actor)
    let before = try await vaultRecord(of: key, form, in: actor.trial)
    guard (before?.version ?? 0) == expected else { throw ActRefusal.stale }
    let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    let old = before?.answers ?? [:]
    if before != nil {
      guard form.fields.contains(where: { old[$0.id] != checked.answers[$0.id] }) else {
        throw ActRefusal.unchanged
      }
      guard reason.hasWords else { throw ActRefusal.reasonMissing }
    }
    let box = try SealedIdentity(answers: checked.answers, reason: reason).sealed(
      version: expected + 1, of: key, form.id, actor.trial.id, keys)
    let (definition, name) = (actor.definition.version, form.id)
    let version = try await session(actor) {
      try $0.saveIdentity(
        of: key, form: name, expected: expected, box: box, definition: definition)
    }
    await derive(after: form.id, at: visit, of: key, in: actor.trial, actor.definition)
    let remarks = checked.faults.filter { $0.kind != .hard }.map(Fault.init)
    return SavedEntry(
      number: 1, version: version,
      remarks: remarks
        + (try await disagreements(of: checked.answers, form, key, actor.trial, keys)))
  }

  /// Checks the form against the site's day; it has no visit whose window could be missed.
  private func check(
    _ answers: [FieldID: FieldAnswer], _ form: Form, _ visit: VisitCode,
    _ participant: Participant, _ actor: Actor
  ) async throws -> CheckedEntry {
    let zone = try await wallClock(of: participant.site, in: actor.trial)
    let found = try await surroundings(
      of: CheckPlace(participant: participant, form: form, visit: visit, number: 1), answers,
      trial: actor.trial, actor.definition, writer: actor)
    let context = EntryContext(
      siteToday: zone.date(at: clock.now), now: clock.now, isSubmission: true,
      clocks: actor.definition.formulaClocks(at: zone), elsewhere: found.elsewhere)
    let checked = CheckedSubmission(answers, form: form, context).checked
    let hard = checked.faults.filter { $0.kind == .hard }
    guard hard.isEmpty else { throw ActRefusal.invalid(hard.map(Fault.init)) }
    return checked
  }

  /// What does not agree with what was given at consent.
  private func disagreements(
    of answers: [FieldID: FieldAnswer], _ form: Form, _ key: ParticipantKey, _ trial: Trial,
    _ keys: KeyRing
  ) async throws -> [Fault] {
    guard let field = form.birthDateField, let text = answers[field.id]?.text,
      let date = try? CalendarDate(parsing: text),
      let box = try await asSystem(trial, { try $0.identityBox(of: key) })
    else { return [] }
    let given = try GivenIdentity(keys.open(box, for: .identity(trial: trial.id)))
    guard given.birthYear != date.parts.year else { return [] }
    return [
      Fault(
        field: field.id.text, code: "birth_year_differs",
        sentence: "The year of birth differs from the one given at consent. Is this the person?")
    ]
  }

  // MARK: What checks read

  /// The form that names a participant as it stands, opened inside the program.
  private func vaultRecord(
    of key: ParticipantKey, _ form: Form, in trial: Trial
  ) async throws -> (version: Int, answers: [FieldID: FieldAnswer])? {
    let name = form.id
    guard let keys,
      let stored = try await asSystem(trial, { try $0.identityForCheck(of: key, form: name) })
    else { return nil }
    let entry = try SealedIdentity(
      opening: stored.box, version: stored.version, of: key, name, trial.id, keys)
    return (stored.version, entry.answers)
  }

  /// The entries of the vault as checks read them; what they find is declassified by the definition.
  ///
  /// Before the form was filled in the vault knows the year of birth from the consent, which stands as
  /// the first of January.
  func vaultEntries(
    of key: ParticipantKey, in trial: Trial, _ definition: StudyDefinition
  ) async throws -> [FormEntry] {
    guard let form = definition.identityForm, let visit = form.visits.first, let keys else {
      return []
    }
    var found = try await vaultRecord(of: key, form, in: trial)
    if found == nil { found = try await givenRecord(of: key, form, in: trial, keys) }
    guard let found else { return [] }
    return [
      FormEntry(
        form: form.id, visit: visit, occurrence: 1, version: found.version, status: .submitted,
        answers: found.answers)
    ]
  }

  /// The vault as it was from when on, for checks that compare what they were closed about.
  func vaultVersions(
    of key: ParticipantKey, in trial: Trial, _ definition: StudyDefinition
  ) async throws -> VaultVersions {
    guard let form = definition.identityForm, let visit = form.visits.first, let keys else {
      return VaultVersions()
    }
    let stored = try await asSystem(trial) {
      try $0.identityVersionsForCheck(of: key, form: form.id)
    }
    func entry(_ version: Int, _ answers: [FieldID: FieldAnswer]) -> FormEntry {
      FormEntry(
        form: form.id, visit: visit, occurrence: 1, version: version, status: .submitted,
        answers: answers)
    }
    var versions = VaultVersions()
    if let given = try await givenRecord(of: key, form, in: trial, keys) {
      versions.add(entry(given.version, given.answers), since: nil)
    }
    for one in stored {
      let opened = try SealedIdentity(
        opening: one.box, version: one.version, of: key, form.id, trial.id, keys)
      versions.add(entry(one.version, opened.answers), since: one.at)
    }
    return versions
  }

  /// What the vault knows before the form was filled in.
  private func givenRecord(
    of key: ParticipantKey, _ form: Form, in trial: Trial, _ keys: KeyRing
  ) async throws -> (version: Int, answers: [FieldID: FieldAnswer])? {
    guard let field = form.birthDateField,
      let box = try await asSystem(trial, { try $0.identityBox(of: key) }),
      let bytes = try? keys.open(box, for: .identity(trial: trial.id))
    else { return nil }
    return (0, [field.id: .value("\(try GivenIdentity(bytes).birthYear)-01-01")])
  }
}

/// The entry of the vault in its versions, opened inside the program.
struct VaultVersions: Sendable {
  private var versions: [(since: UTCInstant?, entry: FormEntry)] = []

  /// Adds a later version; the first one, of the consent, stands from the beginning.
  mutating func add(_ entry: FormEntry, since: UTCInstant?) { versions.append((since, entry)) }

  /// What stands, as the entries checks read.
  var latest: [FormEntry] { versions.last.map { [$0.entry] } ?? [] }

  /// What stood at an instant.
  func standing(at instant: UTCInstant) -> [FormEntry] {
    versions.last { version in version.since.map { $0 <= instant } ?? true }
      .map { [$0.entry] } ?? []
  }
}

/// A version of the form that names a participant, as its box holds it: bound to the participant and the
/// version, so that a box put in another's place does not open.
struct SealedIdentity {
  let answers: [FieldID: FieldAnswer]
  let reason: String

  private struct Content: Codable {
    let answers: String
    let reason: String
  }

  init(answers: [FieldID: FieldAnswer], reason: String) {
    self.answers = answers
    self.reason = reason
  }

  /// - Throws: `keyWrong`, `sealDamaged`.
  init(
    opening box: [UInt8], version: Int, of participant: ParticipantKey, _ form: FormID,
    _ trial: TrialID, _ keys: KeyRing
  ) throws {
    let bytes = try keys.open(box, for: Self.purpose(version, participant, form, trial))
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)) else {
      throw ActRefusal.sealDamaged
    }
    self.init(answers: try AnswerText.answers(content.answers), reason: content.reason)
  }

  func sealed(
    version: Int, of participant: ParticipantKey, _ form: FormID, _ trial: TrialID,
    _ keys: KeyRing
  ) throws -> [UInt8] {
    let content = Content(answers: try AnswerText.json(answers), reason: reason)
    return try keys.seal(
      Array(JSONEncoder().encode(content)), for: Self.purpose(version, participant, form, trial))
  }

  private static func purpose(
    _ version: Int, _ participant: ParticipantKey, _ form: FormID, _ trial: TrialID
  ) -> KeyRing.Purpose {
    .identityEntry(
      trial: trial, participant: participant.text, form: form.text, version: version)
  }
}
