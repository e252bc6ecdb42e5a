import Store
import StudyModel

/// A save whose checks are met: what its transaction writes.
struct CheckedSave: Sendable {
  /// Who saves, under the version the entry belongs to.
  let actor: Actor
  let participant: ParticipantKey
  let form: Form
  let visit: VisitCode
  /// Which repeat, 0 for a new one.
  let number: Int
  let submission: EntrySubmission
  let checked: CheckedEntry
  /// The answers of the form's own class, as they are stored.
  let json: String
  let alerts: String?

  /// What the writer may be told: what a rule found on values of a higher class stays untold.
  var remarks: [EntryFault] {
    checked.faults.filter { $0.kind != .hard && form.dataClass >= $0.inputClass }
  }

  /// Writes the version, its alerts, drafted deviations and data queries.
  func write(in session: Session) throws -> SavedEntry {
    let definition = actor.definition.version
    let isFinal = submission.isFinal
    var number = number
    if let alerts { try session.announceAlerts(alerts) }
    if isFinal, let outside = outsideWindow {
      try session.draftDeviation(
        participant, type: "MIN-WIN", visit: visit.text, on: outside.date, how: "AUTO",
        description: outside.sentence)
    }
    if number == 0 {
      number = try session.nextRepeat(of: form.id, at: visit, participant, in: form.dataClass)
    }
    let address = EntryAddress(participant, form.id, visit, number: number)
    guard actor.role.classes.contains(form.dataClass) else {
      return SavedEntry(
        number: number,
        version: try session.saveOwnEntry(
          address, expected: submission.expectedVersion, answers: json, submit: isFinal,
          reason: submission.reason, definition: definition), remarks: remarks.map(Fault.init))
    }
    let before = try session.entry(address, in: form.dataClass, trial: actor.trial.id)
    let version = try session.saveEntry(
      address, in: form.dataClass, expected: submission.expectedVersion, answers: json,
      submit: isFinal, reason: submission.reason, definition: definition)
    if isFinal {
      try Self.openQueries(
        for: checked.faults.filter { $0.kind == .query && form.dataClass >= $0.inputClass },
        at: address, in: form.dataClass, session, actor,
        unchanged: try before.map { try AnswerText.answers($0.answers) } ?? [:],
        now: checked.answers)
      try Self.advance(participant, after: form, submission.answers, session)
    }
    return SavedEntry(number: number, version: version, remarks: remarks.map(Fault.init))
  }

  /// The date of a visit that lies outside its window, with the sentence of the check.
  private var outsideWindow: (date: CalendarDate, sentence: String)? {
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
}
