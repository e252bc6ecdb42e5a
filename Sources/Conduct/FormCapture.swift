import Foundation
public import Store
public import StudyModel

/// What is sent to save a form.
public struct EntrySubmission: Sendable {
  /// The answers by field.
  public var answers: [FieldID: FieldAnswer]
  /// The version they were read at, 0 for the first save.
  public var expectedVersion: Int
  /// Whether the form is handed in, rather than kept as a draft.
  public var isFinal: Bool
  /// The reason for change, empty for a first entry.
  public var reason: String

  /// Makes a submission.
  public init(
    answers: [FieldID: FieldAnswer], expectedVersion: Int, isFinal: Bool, reason: String = ""
  ) {
    self.answers = answers
    self.expectedVersion = expectedVersion
    self.isFinal = isFinal
    self.reason = reason
  }
}

/// A saved entry: its version, and what the writer is told about it.
public struct SavedEntry: Sendable, Equatable {
  /// The number among repeats.
  public let number: Int
  /// The new version.
  public let version: Int
  /// Warnings, and the data queries the save opened.
  public let remarks: [Fault]
}

/// A form as somebody reads it before writing.
public struct ReadEntry: Sendable {
  /// The form of the definition.
  public let form: Form
  /// The visit.
  public let visit: VisitCode
  /// The number among repeats, 0 for one that has none yet.
  public var number = 1
  /// The version, 0 before the first save.
  public let version: Int
  /// The state of the entry, `due` before the first save.
  public let status: String
  /// The answers.
  public let answers: [FieldID: FieldAnswer]
  /// The author's printed name.
  public let author: String
  /// The instant of the version.
  public let enteredAt: UTCInstant?
  /// Whether it was handed in before.
  public let isSubmitted: Bool
  /// The signatures on it, void ones included.
  public let signatures: [StoredSignature]
}

extension Actor {
  /// The form, where this role enters it at this visit.
  func entersForm(_ form: FormID, at visit: VisitCode) throws(ActRefusal) -> Form {
    guard let form = definition.form(form), form.enteredBy.contains(role.id),
      definition.schedules(form, at: visit)
    else { throw .notFound }
    return form
  }

  /// The form, where this role enters or signs it.
  func readsForm(_ form: FormID, at visit: VisitCode) throws(ActRefusal) -> Form {
    guard let form = definition.form(form),
      form.enteredBy.contains(role.id) || form.signedBy.contains(role.id),
      definition.schedules(form, at: visit)
    else { throw .notFound }
    return form
  }
}

extension Installation {
  /// A participant in the actor's reach.
  public func participant(_ key: ParticipantKey, as actor: Actor) async throws -> Participant {
    let trial = actor.trial.id
    guard let participant = try await session(actor, { try $0.participant(key, in: trial) })
    else { throw ActRefusal.notFound }
    return participant
  }

  /// Reads a form for entry or signature.
  public func entry(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    as actor: Actor
  ) async throws -> ReadEntry {
    let form = try actor.readsForm(form, at: visit)
    try form.needNumber(number)
    let trial = actor.trial.id
    let address = EntryAddress(participant, form.id, visit, number: number)
    let (stored, signatures) = try await session(actor) { session in
      guard try session.participant(participant, in: trial) != nil else {
        throw StoreError.notFound
      }
      guard actor.role.classes.contains(form.dataClass) else {
        return (try session.ownEntry(address), [StoredSignature]())
      }
      let stored = try session.entry(address, in: form.dataClass, trial: trial)
      let signatures = try session.signatures(of: participant, in: form.dataClass, trial: trial)
        .filter {
          $0.form == form.id.text && $0.visit == visit.text && $0.number == number
        }
      return (stored, signatures)
    }
    return ReadEntry(
      form: form, visit: visit, number: number, version: stored?.version ?? 0,
      status: stored?.status ?? "due",
      answers: try stored.map { try AnswerText.answers($0.answers) } ?? [:],
      author: stored?.author ?? "", enteredAt: stored?.enteredAt,
      isSubmitted: stored?.submittedAt != nil, signatures: signatures)
  }

  /// Saves a form: hard faults refuse, soft ones open data queries; the version must be the one read.
  ///
  /// - Parameter number: which repeat, 0 for a new one; a form that does not repeat has the number 1.
  public func saveEntry(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    _ submission: EntrySubmission, as actor: Actor
  ) async throws -> SavedEntry {
    try actor.need(.enterForms)
    let form = try actor.entersForm(form, at: visit)
    try form.needNumber(number)
    let known = try await self.participant(participant, as: actor)
    // What an unblinded person writes once the arm is known would reach blinded readers.
    guard known.randomizedAt == nil || !actor.isUnblinded || form.dataClass > .outcome else {
      throw ActRefusal.notNow(
        code: "blinded_form",
        sentence:
          "This form is read by blinded people and is closed to the treatment team after "
          + "randomization. Write on the treatment forms, or ask the coordinator.")
    }
    let checked = try await check(submission, form, visit, of: known, actor)
    let hard = checked.faults.filter { $0.kind == .hard }
    guard hard.isEmpty else { throw ActRefusal.invalid(hard.map(Fault.init)) }
    let soft = checked.faults.filter { $0.kind == .query && form.dataClass >= $0.inputClass }
    let json = try AnswerText.json(checked.answers.filter { form.keeps($0.key) })
    let definition = actor.definition.version
    let isFinal = submission.isFinal
    let holdsClass = actor.role.classes.contains(form.dataClass)
    let remarks = checked.faults.filter { $0.kind != .hard && form.dataClass >= $0.inputClass }
      .map(Fault.init)
    let alerts = isFinal ? try actor.definition.announcement(of: form, checked.answers) : nil
    let outside = isFinal ? Self.outsideWindow(checked, form) : nil
    return try await session(actor) { session in
      var number = number
      if let alerts { try session.announceAlerts(alerts) }
      if let outside {
        try session.draftDeviation(
          participant, type: "MIN-WIN", visit: visit.text, on: outside.date, how: "AUTO",
          description: outside.sentence)
      }
      if number == 0 {
        number = try session.nextRepeat(of: form.id, at: visit, participant, in: form.dataClass)
      }
      let address = EntryAddress(participant, form.id, visit, number: number)
      guard holdsClass else {
        return SavedEntry(
          number: number,
          version: try session.saveOwnEntry(
            address, expected: submission.expectedVersion, answers: json, submit: isFinal,
            reason: submission.reason, definition: definition), remarks: remarks)
      }
      let before = try session.entry(address, in: form.dataClass, trial: actor.trial.id)
      let version = try session.saveEntry(
        address, in: form.dataClass, expected: submission.expectedVersion, answers: json,
        submit: isFinal, reason: submission.reason, definition: definition)
      if isFinal {
        try Self.openQueries(
          for: soft, at: address, in: form.dataClass, session, actor,
          unchanged: try before.map { try AnswerText.answers($0.answers) } ?? [:],
          now: checked.answers)
        try Self.advance(participant, after: form, submission.answers, session)
      }
      return SavedEntry(number: number, version: version, remarks: remarks)
    }
  }

  /// The date of a visit that lies outside its window, with the sentence of the check.
  private static func outsideWindow(
    _ checked: CheckedEntry, _ form: Form
  ) -> (date: CalendarDate, sentence: String)? {
    guard let fault = checked.faults.first(where: { $0.code == "EC-GEN-04" }),
      let text = checked.answers.first(where: { $0.key.text == FormHeader.dateField })?.value.text,
      let date = try? CalendarDate(parsing: text)
    else { return nil }
    return (date, fault.sentence)
  }

  /// Opens a data query for each check that fails, closes those of checks that are met, and does not
  /// ask again what a person closed for the same answer.
  private static func openQueries(
    for faults: [EntryFault], at address: EntryAddress, in dataClass: DataClass,
    _ session: Session, _ actor: Actor, unchanged before: [FieldID: FieldAnswer],
    now: [FieldID: FieldAnswer]
  ) throws {
    let known = try session.queries(
      of: address.participant, in: dataClass, trial: actor.trial.id, includingClosed: true
    ).filter {
      $0.form == address.form.text && $0.visit == address.visit.text
        && $0.entryNumber == address.number && !$0.rule.isEmpty
    }
    guard !faults.isEmpty || !known.isEmpty else { return }
    try session.closeMetQueries(
      address, in: dataClass, standing: faults.map { "\($0.code)@\($0.field?.text ?? "")" })
    for fault in faults {
      let field = fault.field?.text ?? ""
      let same = known.filter { $0.rule == fault.code && $0.field == field }
      if same.contains(where: { $0.state != "closed" }) { continue }
      let isSameAnswer = fault.field.map { before[$0] != nil && before[$0] == now[$0] } ?? false
      if isSameAnswer, !same.isEmpty { continue }
      _ = try session.openQuery(
        address, in: dataClass, field: field, text: "\(fault.sentence) (\(fault.code))",
        isBlocking: false, rule: fault.code)
    }
  }

  /// Moves the participant along its lifecycle where the definition's forms say so.
  private static func advance(
    _ participant: ParticipantKey, after form: Form, _ answers: [FieldID: FieldAnswer],
    _ session: Session
  ) throws(StoreError) {
    guard let field = form.withdrawalLevel, let level = answers[field]?.text else { return }
    // The date of the form that is not the date of the visit is the one of the withdrawal.
    let dated = form.fields.first { $0.type == .date && $0.id.text != FormHeader.dateField }
    let date = dated.flatMap { answers[$0.id]?.text }.flatMap { try? CalendarDate(parsing: $0) }
    try session.withdraw(participant, level: level, on: date)
  }

  /// Checks a submission against the form with everything its rules refer to.
  func check(
    _ submission: EntrySubmission, _ form: Form, _ visit: VisitCode, of participant: Participant,
    _ actor: Actor
  ) async throws -> CheckedEntry {
    let clock = try SiteClock(zone: zone(of: participant.site, actor))
    let now = self.clock.now
    let dates = participant.randomizedAt.flatMap { instant in
      actor.definition.visit(visit)?.dates(randomizedOn: clock.date(at: instant))
    }
    let context = EntryContext(
      siteToday: clock.date(at: now), now: now, isSubmission: submission.isFinal,
      window: dates?.window, consentedOn: clock.date(at: participant.consentedAt),
      // Who withdrew has no more visits; what is no visit, such as a review of records, goes on. After
      // W4 the database takes nothing.
      lastAllowedDate: actor.definition.visit(visit)?.targetDay == nil
        || participant.withdrawalLevel == "W4"
        ? nil : participant.withdrawnOn,
      elsewhere: try await values(of: form.outsideReferences, participant.key, actor))
    // What the system works out is never taken from a submission.
    let typed = submission.answers.filter { form.field($0.key)?.isCalculated != true }
    return checkedEntry(typed, in: form, context)
  }

  private func zone(of site: SiteKey, _ actor: Actor) -> String {
    actor.definition.site(site)?.timeZone ?? "Europe/London"
  }

  /// Values of other forms that rules refer to, whatever their class: they are compared here and
  /// never shown to a writer who may not read them.
  private func values(
    of references: Set<FieldReference>, _ participant: ParticipantKey, _ actor: Actor
  ) async throws -> [FieldReference: FormulaValue] {
    guard !references.isEmpty else { return [:] }
    let context = RequestContext(
      trial: actor.trial.id, actor: nil, role: "", sites: .all,
      now: actor.trial.mode == "simulation" ? clock.now : nil)
    let json = try await refusing {
      try await store.session(.allocator, context) { try $0.readinessFacts(of: participant) }
    }
    guard let json else { return [:] }
    let facts = try ReadinessFacts(json: json)
    var values: [FieldReference: FormulaValue] = [:]
    for reference in references {
      // Values of several entries are for whoever has all of them in order.
      guard reference.occasion == nil, let name = reference.form,
        let form = actor.definition.form(name)
      else { continue }
      let entry = facts.entries.filter {
        $0.form == name.text && (reference.visit == nil || $0.visit == reference.visit?.text)
      }.max { $0.enteredAt < $1.enteredAt }
      guard let entry else { continue }
      values[reference] = entry.value(reference.field.text, form) ?? .missing
    }
    return values
  }
}

extension Form {
  /// Refuses a number the form cannot have: 0 and those above 1 belong to forms that repeat.
  func needNumber(_ number: Int) throws(ActRefusal) {
    guard number == 1 || isRepeating && (0...9999).contains(number) else { throw .notFound }
  }

  /// Whether an answer belongs to the form's own class; a calculated copy of a value of a higher
  /// class is not stored again, since its value stands in its own class.
  func keeps(_ field: FieldID) -> Bool {
    guard let field = self.field(field) else { return false }
    return dataClass(of: field) <= dataClass
  }
}

extension Fault {
  init(_ fault: EntryFault) {
    self.init(field: fault.field?.text, code: fault.code, sentence: fault.sentence)
  }
}
