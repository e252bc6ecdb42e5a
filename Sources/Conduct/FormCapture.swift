import Foundation
public import Store
public import StudyModel

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
    let place = CheckPlace(participant: known, form: form, visit: visit, number: number)
    let proposed = try await check(submission, place, actor)
    let hard = proposed.checked.faults.filter { $0.kind == .hard }
    guard hard.isEmpty else { throw ActRefusal.invalid(hard.map(Fault.init)) }
    let isFinal = submission.isFinal
    return try await session(actor) { session in
      var number = number
      if number == 0 {
        number = try session.nextRepeat(of: form.id, at: visit, participant, in: form.dataClass)
      }
      let address = EntryAddress(participant, form.id, visit, number: number)
      let entry =
        isFinal && form.readsSerial
        ? proposed.numbered(try session.serial(address, in: form.dataClass)) : proposed
      if isFinal, let follows = try entry.consequences(actor.definition, submission.reason) {
        try session.announce(follows)
      }
      return try Self.keep(entry.checked, submission, form, at: address, session, actor)
    }
  }

  /// Keeps a checked entry with the queries its findings open.
  private static func keep(
    _ checked: CheckedEntry, _ submission: EntrySubmission, _ form: Form,
    at address: EntryAddress, _ session: Session, _ actor: Actor
  ) throws -> SavedEntry {
    let json = try AnswerText.json(checked.answers.filter { form.keeps($0.key) })
    let definition = actor.definition.version
    let told = checked.faults.filter { $0.kind != .hard && form.dataClass >= $0.inputClass }
    let remarks = told.map(Fault.init)
    guard actor.role.classes.contains(form.dataClass) else {
      let version = try session.saveOwnEntry(
        address, expected: submission.expectedVersion, answers: json,
        submit: submission.isFinal, reason: submission.reason, definition: definition)
      if submission.isFinal {
        try session.askAboutOwnEntry(address, faults: try checked.askedAbout(in: form))
      }
      return SavedEntry(number: address.number, version: version, remarks: remarks)
    }
    let before = try session.entry(address, in: form.dataClass, trial: actor.trial.id)
    let version = try session.saveEntry(
      address, in: form.dataClass, expected: submission.expectedVersion, answers: json,
      submit: submission.isFinal, reason: submission.reason, definition: definition)
    if submission.isFinal {
      try openQueries(
        for: told.filter { $0.kind == .query }, at: address, in: form.dataClass, session, actor,
        unchanged: try before.map { try AnswerText.answers($0.answers) } ?? [:],
        now: checked.answers)
      try advance(address.participant, after: form, submission.answers, session)
    }
    return SavedEntry(number: address.number, version: version, remarks: remarks)
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
