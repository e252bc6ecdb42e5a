import Store
import StudyModel

/// A save whose checks are met: what its transaction writes.
struct CheckedSave: Sendable {
  /// Who saves, under the version the entry belongs to.
  let actor: Actor
  let subject: EntrySubject
  let form: Form
  let visit: VisitCode
  /// Which repeat, 0 for a new one.
  let number: Int
  let submission: EntrySubmission
  let proposed: CheckedSubmission
  /// What a new repeat is numbered by, where its writer reads own entries only: a number in the order
  /// of all would tell of those of others.
  let draw: Int?

  /// What a person closed of the findings about the values that stand, each as `code@field`.
  let settled: Set<String>

  /// The answers as they are stored and everything found.
  var checked: CheckedEntry { proposed.checked }

  /// What the writer may be told: what a rule found on values of a higher class stays untold.
  var remarks: [EntryFault] { told(of: checked) }

  private func told(of checked: CheckedEntry) -> [EntryFault] {
    (checked.faults.filter { $0.kind != .hard } + checked.waiting.map(\.asWarning))
      .filter { form.dataClass >= $0.inputClass }
  }

  /// Writes the version, what follows from it, and its data queries.
  func write(in session: Session) throws -> SavedEntry {
    var number = number
    if number == 0 {
      number = try session.nextRepeat(
        of: form.id, at: visit, subject, in: form.dataClass, draw: draw)
      try needPlannedFree(session)
    }
    let address = EntryAddress(subject, form.id, visit, number: number)
    let entry =
      submission.isFinal && form.readsSerial
      ? proposed.numbered(try session.serial(address, in: form.dataClass)) : proposed
    if submission.isFinal, form.usesKitOnce, let kit = entry.checked.kit {
      try session.useKitOnce(kit, at: address, in: form.dataClass)
    }
    // What follows from an entry follows for a participant.
    if submission.isFinal, subject.participant != nil {
      // Nothing is told as well: what followed from an earlier save of the transaction is not of this one.
      try session.announce(try entry.consequences(actor.definition, submission.reason) ?? "")
    }
    if proposed.context.lastDay != nil {
      try session.tellDay(entry.checked.day ?? proposed.context.givenOn)
    }
    return try keep(entry.checked, at: address, session)
  }

  /// Refuses a new repeat of a planned one that somebody entered since this one was checked: two who
  /// are given numbers wait for each other.
  private func needPlannedFree(_ session: Session) throws {
    guard submission.isFinal, let planned = form.planned, let participant = subject.participant,
      actor.role.classes.contains(form.dataClass),
      let value = checked.answers[planned.field]?.text
    else { return }
    let isTaken = try session.values(of: participant, in: form.dataClass, trial: actor.trial.id)
      .map(FormEntry.init).contains {
        $0.form == form.id && $0.visit == visit && $0.status.isSubmitted
          && $0.answers[planned.field]?.text == value
      }
    guard isTaken else { return }
    throw ActRefusal.invalid([
      Fault(
        field: planned.field.text, code: "EC-GEN-01",
        sentence: "\(form.field(planned.field)?.label ?? planned.field.text): somebody has just "
          + "entered this; change that entry. Nothing was saved.")
    ])
  }

  /// Keeps a checked entry with the queries its findings open.
  private func keep(
    _ checked: CheckedEntry, at address: EntryAddress, _ session: Session
  ) throws -> SavedEntry {
    let json = try AnswerText.json(checked.answers.filter { form.keeps($0.key) })
    let definition = actor.definition.version
    let told = told(of: checked)
    let remarks = told.map(Fault.init)
    if actor.handsIn(form) {
      let version = try session.handIn(
        address, after: actor.assessments(before: form, at: visit), answers: json,
        definition: definition)
      return SavedEntry(number: address.number, version: version, remarks: remarks)
    }
    guard actor.role.classes.contains(form.dataClass) else {
      let version = try session.saveOwnEntry(
        address, expected: submission.expectedVersion, answers: json,
        submit: submission.isFinal, reason: submission.reason, definition: definition,
        closedBy: actor.recordsHandedIn(at: visit).map(\.id))
      if submission.isFinal {
        try session.askAboutOwnEntry(
          address, faults: try checked.askedAbout(in: form, settled: settled))
      }
      return SavedEntry(number: address.number, version: version, remarks: remarks)
    }
    let before = try session.entry(address, in: form.dataClass, trial: actor.trial.id)
    try actor.need(form, before)
    // At a number nobody gave, an entry of somebody else is like none: both are refused.
    guard before != nil || number == 0 || !form.isRepeating || !actor.readsOwn(form) else {
      throw StoreError.notFound
    }
    let version = try session.saveEntry(
      address, in: form.dataClass, expected: submission.expectedVersion, answers: json,
      submit: submission.isFinal, reason: submission.reason, definition: definition)
    if submission.isFinal {
      try Installation.openQueries(
        for: told.filter { $0.kind == .query }, waiting: checked.waiting, settled: settled,
        at: address, on: form, session, actor,
        unchanged: try before.map { try AnswerText.answers($0.answers) } ?? [:],
        now: checked.answers)
      try advance(session)
    }
    return SavedEntry(number: address.number, version: version, remarks: remarks)
  }

  /// A kit that stands on another entry, as the fault of its field; any other error as it is.
  func telling(_ error: StoreError) -> any Error {
    guard case .notUnique(constraint: "kit_once") = error else { return error }
    return ActRefusal.invalid([
      Fault(
        field: StockField.kit.rawValue, code: "kit_used",
        sentence: "This kit was used before. Nothing was saved.")
    ])
  }

  /// Withdraws the participant where the form says so and needs no signature for it.
  private func advance(_ session: Session) throws(StoreError) {
    guard let participant = subject.participant,
      !actor.definition.withdrawsWhenSigned(form.id),
      let withdrawal = form.withdrawal(told: submission.answers)
    else { return }
    try session.withdraw(participant, level: withdrawal.level, on: withdrawal.date)
  }
}

extension Form {
  /// The withdrawal a form tells of: its level, and the date of the form that is not that of the visit.
  func withdrawal(
    told answers: [FieldID: FieldAnswer]
  ) -> (level: String, date: CalendarDate?)? {
    guard let field = withdrawalLevel, let level = answers[field]?.text else { return nil }
    let dated = fields.first { $0.type == .date && $0.id.text != FormHeader.dateField }
    let date = dated.flatMap { answers[$0.id]?.text }.flatMap { try? CalendarDate(parsing: $0) }
    return (level, date)
  }
}

extension Form {
  /// Whether its rules ask for kits that were not used: then the database lets no two entries have one.
  var usesKitOnce: Bool {
    StudyFact.kitUsed.reference.map(outsideReferences.contains) ?? false
  }
}

extension CheckedEntry {
  /// The kit an entry names.
  fileprivate var kit: String? {
    answers.first { $0.key.text == StockField.kit.rawValue }?.value.text
  }
}
