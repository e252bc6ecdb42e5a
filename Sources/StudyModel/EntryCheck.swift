/// Something found wrong in an entry.
public struct EntryFault: Hashable, Sendable {
  /// The field to point to, when there is one.
  public let field: FieldID?
  /// How severe it is.
  public let kind: FaultKind
  /// The code, such as `EC-GEN-01`.
  public let code: String
  /// The sentence for the writer.
  public let sentence: String
  /// The most guarded class among its inputs: a person without it must not be shown the sentence.
  public let inputClass: DataClass

  /// Makes the value from its parts.
  public init(
    field: FieldID? = nil,
    kind: FaultKind,
    code: String,
    sentence: String,
    inputClass: DataClass
  ) {
    self.field = field
    self.kind = kind
    self.code = code
    self.sentence = sentence
    self.inputClass = inputClass
  }
}

/// What an entry is checked against beside its own answers.
public struct EntryContext: Sendable {
  /// Today at the site.
  public var siteToday: CalendarDate
  /// The instant of the act, against which entered instants are held.
  public var now: UTCInstant?
  /// Whether the writer hands the entry in, rather than keeping a draft.
  public var isSubmission: Bool
  /// The dates the visit may take place on, when it has a window.
  public var window: ClosedRange<CalendarDate>?
  /// The date of consent at the site.
  public var consentedOn: CalendarDate?
  /// The last date on which the visit may have taken place: visits end with a withdrawal.
  public var lastAllowedDate: CalendarDate?
  /// The last day of which anything may be recorded: withdrawal from all data, or death.
  public var lastDay: CalendarDate?
  /// The clocks by which instants have their day.
  public var clocks: FormulaClocks
  /// The day at the site on which the entry was first given, or is given now.
  public var givenOn: CalendarDate?
  /// Whether the day on which an entry without any date is given is the day of its visit: it is answered
  /// or rated then, and not entered afterwards.
  public var isGivenAtVisit = false
  /// The latest date of an earlier visit that took place.
  public var visitBefore: CalendarDate?
  /// The earliest date of a later visit that took place.
  public var visitAfter: CalendarDate?
  /// The planned repeats for which another entry stands, by the values of the field that tells which.
  public var takenRepeats: Set<String> = []
  /// The fields that name somebody who never held a role their question asks for.
  public var strangers: Set<FieldID> = []
  /// The fields that name a record which no sample of their form has.
  public var undrawn: Set<FieldID> = []
  /// Values of other entries, under the references of `Form.outsideReferences`.
  public var elsewhere: [FieldReference: FormulaValue]

  /// Makes a context.
  public init(
    siteToday: CalendarDate, now: UTCInstant? = nil, isSubmission: Bool, clocks: FormulaClocks,
    window: ClosedRange<CalendarDate>? = nil,
    consentedOn: CalendarDate? = nil, lastAllowedDate: CalendarDate? = nil,
    elsewhere: [FieldReference: FormulaValue] = [:], visitBefore: CalendarDate? = nil,
    visitAfter: CalendarDate? = nil
  ) {
    self.siteToday = siteToday
    self.now = now
    self.isSubmission = isSubmission
    self.clocks = clocks
    self.window = window
    self.consentedOn = consentedOn
    self.lastAllowedDate = lastAllowedDate
    self.elsewhere = elsewhere
    self.visitBefore = visitBefore
    self.visitAfter = visitAfter
  }
}

/// The answers after checking: what to store, and everything found wrong.
public struct CheckedEntry: Hashable, Sendable {
  /// The answers in their one stored text, with the calculated fields filled in.
  public let answers: [FieldID: FieldAnswer]
  /// All findings, in the order of the form.
  public let faults: [EntryFault]
  /// What is found by checks that ask only after some hours: whether they have passed is not known here.
  public let waiting: [EntryFault]
  /// The day the record is of, nil where it has no date.
  public let day: CalendarDate?

  /// Makes the value from its parts.
  public init(
    answers: [FieldID: FieldAnswer],
    faults: [EntryFault],
    waiting: [EntryFault] = [],
    day: CalendarDate? = nil
  ) {
    self.answers = answers
    self.faults = faults
    self.waiting = waiting
    self.day = day
  }

  /// Whether the entry may be saved.
  public var isAcceptable: Bool { !faults.contains { $0.kind == .hard } }
}

/// Checks the answers of one entry of a form and lists everything found wrong.
public func check(
  _ answers: [FieldID: FieldAnswer], in form: Form, _ context: EntryContext
) -> [EntryFault] {
  checkedEntry(answers, in: form, context).faults
}

/// Checks the answers of one entry and works out its calculated fields.
public func checkedEntry(
  _ answers: [FieldID: FieldAnswer], in form: Form, _ context: EntryContext
) -> CheckedEntry {
  var examination = EntryExamination(form: form, context: context)
  examination.read(answers)
  examination.calculate()
  examination.fillSetAnswers()
  if context.isSubmission { examination.findUnanswered(answers) }
  examination.findDays()
  examination.findBrokenRules()
  return CheckedEntry(
    answers: examination.stored, faults: examination.faults, waiting: examination.waiting,
    day: examination.recordDay)
}

/// One pass over the answers of an entry.
private struct EntryExamination {
  let form: Form
  let context: EntryContext
  var stored: [FieldID: FieldAnswer] = [:]
  var faults: [EntryFault] = []
  var waiting: [EntryFault] = []
  var environment: FormulaEnvironment

  init(form: Form, context: EntryContext) {
    self.form = form
    self.context = context
    environment = FormulaEnvironment(elsewhere: context.elsewhere, clocks: context.clocks)
  }

  mutating func read(_ answers: [FieldID: FieldAnswer]) {
    for id in answers.keys.sorted() where form.field(id) == nil {
      report(nil, .hard, "EC-GEN-01", "There is no field “\(id)” on this form.", form.dataClass)
    }
    for field in form.fields {
      guard let answer = answers[field.id] else { continue }
      read(answer, of: field)
    }
  }

  private mutating func read(_ answer: FieldAnswer, of field: Field) {
    let dataClass = form.dataClass(of: field)
    guard !field.isCalculated else {
      return report(
        field.id, .hard, "EC-GEN-01", "\(field.label): the system works this out.", dataClass)
    }
    switch answer {
    case .missing: stored[field.id] = answer
    case .value(let text):
      do throws(ParseFault) {
        let value = try field.type.value(parsing: text)
        environment.own[field.id] = value
        stored[field.id] = .value(value.canonicalText ?? text)
        checkDate(
          field.type == .partialDate
            ? Form.firstDay(of: text).map { .date($0) } ?? .missing : value, field, dataClass)
        checkPlan(value.canonicalText ?? text, field, dataClass)
        if context.strangers.contains(field.id) {
          report(
            field.id, .hard, "EC-GEN-01",
            "\(field.label): nobody with this user name has the role at the site.", dataClass)
        }
        if context.undrawn.contains(field.id) {
          report(
            field.id, .hard, "EC-GEN-01",
            "\(field.label): this record is not in the sample. The list of the sample names those that are.",
            dataClass)
        }
      } catch {
        report(field.id, .hard, "EC-GEN-01", "\(field.label): \(error.sentence)", dataClass)
      }
    }
  }

  // Of planned repeats each is there once, and there are no others.
  private mutating func checkPlan(_ text: String, _ field: Field, _ dataClass: DataClass) {
    guard let planned = form.planned, planned.field == field.id else { return }
    if !planned.values.contains(text) {
      report(field.id, .hard, "EC-GEN-01", "\(field.label): this is not planned.", dataClass)
    } else if context.takenRepeats.contains(text) {
      report(
        field.id, .hard, "EC-GEN-01",
        "\(field.label): there is an entry for this already; change that one.", dataClass)
    }
  }

  private mutating func checkDate(_ value: FormulaValue, _ field: Field, _ dataClass: DataClass) {
    if !field.mayLieAhead, isAhead(value) {
      report(field.id, .hard, "EC-GEN-02", "\(field.label): this lies in the future.", dataClass)
    }
    guard field.id.text == FormHeader.dateField, case .date(let date) = value else { return }
    if let consent = context.consentedOn, date < consent {
      report(
        field.id, .hard, "EC-GEN-03", "\(field.label): the date is before consent.", dataClass)
    }
    checkWindow(date, field.id, field.label, dataClass)
    let isEarly = context.visitBefore.map { date < $0 } ?? false
    let isLate = context.visitAfter.map { date > $0 } ?? false
    if isEarly || isLate {
      report(
        field.id, .query, "EC-GEN-07",
        "\(field.label): the visits are not in the order of the protocol.",
        dataClass)
    }
    if let last = context.lastAllowedDate, date > last {
      report(
        field.id, .hard, "EC-GEN-06",
        "\(field.label): no data may be recorded after \(last.words).", dataClass)
    }
  }

  private mutating func checkWindow(
    _ date: CalendarDate, _ field: FieldID?, _ label: String, _ dataClass: DataClass
  ) {
    guard let window = context.window, !window.contains(date) else { return }
    report(
      field, .query, "EC-GEN-04",
      "\(label): outside the window \(window.lowerBound.words) to \(window.upperBound.words).",
      dataClass)
  }

  /// The day the record is of.
  var recordDay: CalendarDate? {
    form.recordDay(of: stored, isFollowUp: isFollowUp, at: context.clocks.site)
  }

  // What began on the last day or before it is followed up, where the form is for that.
  private var isFollowUp: Bool {
    guard let last = context.lastDay, let rule = form.followUp,
      let field = form.field(rule.begun),
      let begun = form.day(of: stored[field.id], field, at: context.clocks.site)
    else { return false }
    return begun <= last && (rule.condition.map { $0.truth(in: environment) == true } ?? true)
  }

  /// Judges the days of an entry that has no date of a visit, and those after the participant's last day.
  mutating func findDays() {
    findDayBeforeConsent()
    if form.dateField == nil, form.isOfOneVisit, form.dataClass <= .outcome {
      if let field = form.datingField {
        if let day = form.day(of: stored[field.id], field, at: context.clocks.site) {
          checkWindow(day, field.id, field.label, form.dataClass(of: field))
        }
      } else if context.isGivenAtVisit, let day = context.givenOn {
        checkWindow(day, nil, "Given on \(day.words)", form.dataClass)
      }
    }
    guard let last = context.lastDay, !isFollowUp else { return }
    let sentence = "no data may be recorded after \(last.words)."
    var isDated = false
    for field in form.fields where !field.mayLieAhead && !field.isCalculated {
      guard let day = form.day(of: stored[field.id], field, at: context.clocks.site) else {
        continue
      }
      isDated = true
      let isTold =
        field.id == form.dateField?.id && context.lastAllowedDate.map { day > $0 } ?? false
      guard day > last, !isTold else { continue }
      report(
        field.id, .hard, "EC-GEN-06", "\(field.label): \(sentence)", form.dataClass(of: field))
    }
    if !isDated, let day = context.givenOn, day > last {
      report(
        nil, .hard, "EC-GEN-06", "After \(last.words) no data may be recorded.", form.dataClass)
    }
  }

  // A form that asks for no date of a visit is of the day it names: that does not lie before consent either.
  private mutating func findDayBeforeConsent() {
    guard let consent = context.consentedOn, form.isOfOneVisit, form.dataClass <= .treatment,
      let field = form.datingField,
      let day = form.day(of: stored[field.id], field, at: context.clocks.site), day < consent
    else { return }
    report(
      field.id, .hard, "EC-GEN-03", "\(field.label): the date is before consent.",
      form.dataClass(of: field))
  }

  // One day of grace: a writer near the date line may be a calendar day ahead of the site.
  private func isAhead(_ value: FormulaValue) -> Bool {
    switch value {
    case .date(let date): date > context.siteToday.advanced(by: 1)
    case .instant(let instant):
      context.now.map { instant > $0.advanced(bySeconds: 86_400) } ?? false
    case .number, .text, .truth, .choices, .missing: false
    }
  }

  // A calculated field may read one above it, so they are worked out in the order of the form.
  mutating func calculate() {
    for field in form.fields {
      guard let calculation = field.calculation else { continue }
      let value = calculation.value(in: environment)
      environment.own[field.id] = value
      stored[field.id] = value.storedText.map { .value($0) }
    }
  }

  // What a check elsewhere decides is answered by it where the writer left it open.
  mutating func fillSetAnswers() {
    var isFilled = false
    for (id, set) in form.setAnswers(in: environment) where stored[id] == nil {
      guard !faults.contains(where: { $0.field == id }),
        let value = try? form.field(id)?.type.value(parsing: set.answer)
      else { continue }
      environment.own[id] = value
      stored[id] = .value(value.canonicalText ?? set.answer)
      isFilled = true
    }
    if isFilled { calculate() }
  }

  mutating func findUnanswered(_ answers: [FieldID: FieldAnswer]) {
    let isNotDone = answers.contains {
      $0.key.text == FormHeader.doneField && $0.value.text == "N"
    }
    for field in form.fields where !field.isCalculated {
      if isNotDone && !FormHeader.names.contains(field.id.text) {
        if answers[field.id]?.text != nil {
          report(
            field.id, .hard, "EC-GEN-08", "\(field.label): what was not done has no value.",
            form.dataClass(of: field))
        }
        continue
      }
      // Windows, consent and withdrawal are judged by this date: without it none of them would be.
      if field.id.text == FormHeader.dateField, !isNotDone, case .missing = answers[field.id] {
        report(
          field.id, .hard, "EC-GEN-05", "\(field.label): what was done has a date.",
          form.dataClass(of: field))
        continue
      }
      guard let lack = lack(in: answers[field.id] ?? stored[field.id]), isRequired(field) else {
        continue
      }
      report(
        field.id, .hard, "EC-GEN-05", "\(field.label): \(lack)", form.dataClass(of: field))
    }
  }

  private func lack(in answer: FieldAnswer?) -> String? {
    switch answer {
    case nil: return FormEntryWords.unanswered
    case .value: return nil
    case .missing(_, let reason):
      let hasReason = reason?.contains { !$0.isWhitespace } ?? false
      return hasReason ? nil : "say why there is no value."
    }
  }

  private func isRequired(_ field: Field) -> Bool {
    switch field.required {
    case .required: true
    case .conditional(let condition): condition.truth(in: environment) == true
    case .optional: false
    }
  }

  mutating func findBrokenRules() {
    for rule in form.checks where rule.condition.truth(in: environment) == true {
      let fault = EntryFault(
        field: rule.field, kind: rule.kind, code: rule.code, sentence: rule.sentence,
        inputClass: rule.inputClass)
      if rule.afterHours == nil { faults.append(fault) } else { waiting.append(fault) }
    }
  }

  private mutating func report(
    _ field: FieldID?, _ kind: FaultKind, _ code: String, _ sentence: String,
    _ inputClass: DataClass
  ) {
    faults.append(
      EntryFault(
        field: field, kind: kind, code: code, sentence: sentence, inputClass: inputClass))
  }
}

extension FormulaValue {
  /// The text stored for a calculated field: numbers to four decimals, half away from zero.
  public var storedText: String? {
    if case .number(let number) = self { number.text(decimals: 4) } else { canonicalText }
  }
}
